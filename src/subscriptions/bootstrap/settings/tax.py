"""Settings of the tax rates included in prices."""

from decimal import Decimal

from pydantic import field_validator

from subscriptions.domain.services.vat import read_rates
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class TaxSettings(EnvironmentSettings):
    """Tax settings, for every process that writes or reads receipts."""

    vat_rate: Decimal | None = setting(
        "VAT_RATE",
        "per cent of VAT in the prices, for receipts of which the provider told no tax, e.g. 21",
        es="tanto por ciento de IVA que llevan los precios, para los recibos de los que el proveedor no dijo el"
        " impuesto, p. ej. 21",
        topic="law",
        restarts=(),
        default=None,
        ge=0,
        le=50,
    )
    vat_rates: str = setting(
        "VAT_RATES",
        "per cent of VAT by the buyer's country, where you declare it there (OSS): PT=23, FR=20",
        es="tanto por ciento de IVA por el país de quien compra, donde lo declaras allí (OSS): PT=23, FR=20",
        topic="law",
        restarts=(),
        default="",
    )

    @field_validator("vat_rates")
    @classmethod
    def _vat_rates(cls, value: str) -> str:
        read_rates(value)
        return value
