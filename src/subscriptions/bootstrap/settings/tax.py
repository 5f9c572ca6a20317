"""Settings of the tax rates included in prices."""

from decimal import Decimal

from pydantic import field_validator

from subscriptions.domain.services.vat import read_rates
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class TaxSettings(EnvironmentSettings):
    """Tax settings, for every process that writes or reads receipts."""

    vat_rate: Decimal | None = setting(
        "VAT_RATE",
        "percentage of VAT included in your prices, for receipts without tax data from the provider, e.g. 21",
        es="porcentaje de IVA incluido en los precios, para los recibos sin datos de impuestos del proveedor, p."
        " ej. 21",
        topic="law",
        restarts=(),
        default=None,
        ge=0,
        le=50,
    )
    vat_rates: str = setting(
        "VAT_RATES",
        "percentage of VAT by the buyer's country, for the countries in which you declare it (OSS): PT=23, FR=20",
        es="porcentaje de IVA por el país de quien compra, si lo declaras allí (OSS): PT=23, FR=20",
        topic="law",
        restarts=(),
        default="",
    )

    @field_validator("vat_rates")
    @classmethod
    def _vat_rates(cls, value: str) -> str:
        read_rates(value)
        return value
