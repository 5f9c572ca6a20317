"""Settings of the source of results."""

from typing import Final

from pydantic import SecretStr, field_validator

from subscriptions.infrastructure.environment import EnvironmentSettings, setting
from subscriptions.infrastructure.site_address import page_address


class ResultsSettings(EnvironmentSettings):
    """Settings of the worker, which asks the source."""

    football_data_token: SecretStr | None = setting(
        "FOOTBALL_DATA_TOKEN",
        "your key at football-data.org, which then settles tips on football matches; left out, people settle all",
        es="tu clave de football-data.org, que entonces pone los resultados de los pronósticos de fútbol; sin"
        " ella los pone tu equipo",
        default=None,
        min_length=8,
    )
    football_data_api_base: str = setting(
        "FOOTBALL_DATA_API_BASE",
        "where football-data.org answers",
        es="dónde responde football-data.org",
        default="https://api.football-data.org",
        pattern="^(https://|http://127.0.0.1:)",
    )

    @field_validator("football_data_api_base")
    @classmethod
    def _results_base(cls, value: str) -> str:
        return page_address(value)


SETTINGS: Final = (("worker", ResultsSettings),)
