"""Settings of football-data.org, the external source of match results."""

from typing import Final

from pydantic import SecretStr, field_validator

from subscriptions.infrastructure.environment import EnvironmentSettings, setting
from subscriptions.infrastructure.site_address import page_address


class ResultsSettings(EnvironmentSettings):
    """Settings of football-data.org, read by the worker, which fetches the match results."""

    football_data_token: SecretStr | None = setting(
        "FOOTBALL_DATA_TOKEN",
        "your football-data.org key, which settles tips on football matches automatically; without it, your team"
        " settles all tips",
        es="tu clave de football-data.org, que pone automáticamente los resultados de los pronósticos de"
        " fútbol; sin ella los pone tu equipo",
        default=None,
        min_length=8,
    )
    football_data_api_base: str = setting(
        "FOOTBALL_DATA_API_BASE",
        "the address of football-data.org",
        es="la dirección de football-data.org",
        default="https://api.football-data.org",
        pattern="^(https://|http://127.0.0.1:)",
    )

    @field_validator("football_data_api_base")
    @classmethod
    def _results_base(cls, value: str) -> str:
        return page_address(value)


SETTINGS: Final = (("worker", ResultsSettings),)
