"""By which rates the tax within prices is reckoned."""

from decimal import Decimal

from pydantic import field_validator

from subscriptions.domain.services.vat import read_rates
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class TaxSettings(EnvironmentSettings):
    """Part of what every process knows: whoever writes receipts or reads them."""

    vat_rate: Decimal | None = setting(
        "VAT_RATE",
        "per cent of VAT in the prices, for receipts of which the provider told no tax, e.g. 21",
        default=None,
        ge=0,
        le=50,
    )
    vat_rates: str = setting(
        "VAT_RATES",
        "per cent of VAT by the buyer's country, where you declare it there (OSS): PT=23, FR=20",
        default="",
    )

    @field_validator("vat_rates")
    @classmethod
    def _vat_rates(cls, value: str) -> str:
        read_rates(value)
        return value
