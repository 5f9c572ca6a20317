"""Settings of invoices, and of the registration of invoice records at the tax office."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, cast

from pydantic import field_validator, model_validator

from features.invoices.domain.invoice import InvoiceIssuer, Invoicing, Issuer
from features.invoices.domain.tax_ids import read_tax_id, spanish
from subscriptions.domain.services.vat import USUAL
from subscriptions.infrastructure.environment import EnvironmentSettings, Prerequisites, setting
from subscriptions.infrastructure.site_address import page_address

if TYPE_CHECKING:
    from subscriptions.bootstrap.settings.core import CoreSettings

SERVICES: Final = {"test": "https://prewww1.aeat.es", "production": "https://www1.agenciatributaria.gob.es"}
PAGES: Final = {"test": "https://prewww2.aeat.es", "production": "https://www2.agenciatributaria.gob.es"}


class InvoiceSettings(EnvironmentSettings):
    """Operator's choices about invoices. The setting INVOICES also determines, in every process, whether the feature is
    on.
    """

    invoices: str = setting(
        "INVOICES",
        "`off` (only receipts), `handover` (customers who want an invoice enter a tax number, and your programs"
        " receive `invoice.requested` with all the data of the invoice) or `verifactu` (Umbral issues it and"
        " registers it with Spain's tax office)",
        es="`off` (solo recibos), `handover` (quien quiere factura da su NIF, y tus programas reciben"
        " `invoice.requested` con todo lo que lleva una factura) o `verifactu` (se emite aquí, con un registro en"
        " la Agencia Tributaria)",
        topic="law",
        restarts=(),
        default="off",
        pattern="^(off|handover|verifactu)$",
    )
    simplified_invoices: str = setting(
        "SIMPLIFIED_INVOICES",
        "`on` (with INVOICES=verifactu, each sale up to 400 EUR automatically gets a simplified invoice, F2, which"
        " a full invoice replaces on request) or `off`",
        es="`on` (con INVOICES=verifactu, cada venta de hasta 400 EUR tiene automáticamente una factura simplificada,"
        " F2; quien pide una completa la recibe en su lugar) u `off`",
        topic="law",
        restarts=(),
        default="off",
        pattern="^(on|off)$",
    )

    @property
    def choices(self) -> Invoicing:
        """Return the choices for new invoices while the feature is on."""
        return Invoicing(way=InvoiceIssuer(self.invoices), simplified=self.simplified_invoices == "on")


class VerifactuSettings(InvoiceSettings):
    """Settings of invoice records, for the worker, which is the only process that creates and sends them."""

    invoice_series: str = setting(
        "INVOICE_SERIES",
        "prefix of invoice numbers, 1 to 6 capital letters; corrections add an R. It can only change with the first"
        " invoice of a year",
        es="las letras de los números de factura, de 1 a 6 mayúsculas; las rectificativas llevan una R detrás;"
        " solo se cambia con la primera factura de un año",
        default="F",
        pattern="^[A-Z]{1,6}$",
    )
    verifactu_nif: str = setting(
        "VERIFACTU_NIF",
        "for INVOICES=verifactu: the issuer's tax number",
        es="para INVOICES=verifactu: el NIF de quien emite las facturas",
        default="",
    )
    verifactu_name: str = setting(
        "VERIFACTU_NAME",
        "the issuer's name, as registered with the tax office",
        es="el nombre que tiene ese NIF en Hacienda",
        default="",
        max_length=120,
    )
    verifactu_office: str = setting(
        "VERIFACTU_OFFICE",
        "`test` (the tax office's test service, without legal effect) or `production`",
        es="`test` (el servicio de pruebas de Hacienda, sin efecto legal) o `production`",
        default="test",
        pattern="^(test|production)$",
    )
    verifactu_certificate: Path | None = setting(
        "VERIFACTU_CERTIFICATE",
        "the file with the certificate and its key, as PEM, without a password",
        es="el archivo con el certificado y su clave, en PEM y sin contraseña",
        default=None,
    )
    verifactu_url: str | None = setting(
        "VERIFACTU_URL",
        "another address of the service: https://www10.agenciatributaria.gob.es for a seal certificate, or the sandbox",
        es="otra dirección del servicio: https://www10.agenciatributaria.gob.es con un certificado de sello, o la"
        " del sandbox",
        default=None,
        pattern="^https?://.+$",
    )

    @field_validator("verifactu_url")
    @classmethod
    def _service(cls, value: str | None) -> str | None:
        return value and page_address(value)

    @field_validator("verifactu_nif")
    @classmethod
    def _tax_id(cls, value: str) -> str:
        number = read_tax_id(value)
        if value and (number is None or not spanish(number)):
            raise ValueError("isn't a valid Spanish tax number: its check letter doesn't match its digits")
        return number or ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.invoices != InvoiceIssuer.VERIFACTU and not self.verifactu_nif:
            return self
        if missing_names := self.missing_for_invoices:
            raise ValueError(f"issuing invoices (INVOICES=verifactu, VERIFACTU_NIF) needs {', '.join(missing_names)}")
        return self

    @property
    def missing_for_invoices(self) -> Sequence[str]:
        """Return the names of the missing settings that are required to issue invoice records."""
        core = cast("CoreSettings", self)
        needs = {
            "VERIFACTU_NIF": self.verifactu_nif,
            "VERIFACTU_NAME": self.verifactu_name,
            "LEGAL_IDENTITY": core.legal_identity.strip(),
            "VAT_RATE (21, 10, 5 or 4)": core.vat_rate in USUAL,
            "VERIFACTU_CERTIFICATE (a file that can be read)": self._has_certificate,
        }
        return [name for name, is_set in needs.items() if not is_set]

    @property
    def _has_certificate(self) -> bool:
        """Return True if the certificate exists or is not needed because the service is a simulator over plain HTTP."""
        plain = (self.verifactu_url or "").startswith("http://")
        return plain or (self.verifactu_certificate is not None and self.verifactu_certificate.is_file())

    @property
    def issuer(self) -> Issuer | None:
        """Return the issuer of invoices; None if invoice records are not configured. INVOICES is not considered,
        because refunds of earlier invoices must still be corrected after the setting is switched off.
        """
        if not self.verifactu_nif:
            return None
        return Issuer(
            tax_id=self.verifactu_nif,
            name=self.verifactu_name,
            series=self.invoice_series,
            office=PAGES[self.verifactu_office],
        )

    @property
    def tax_service(self) -> str:
        """Return the URL of the tax office's service that receives invoice records."""
        return self.verifactu_url or SERVICES[self.verifactu_office]


def _missing(settings: EnvironmentSettings) -> Sequence[str]:
    # A process without these settings, which only the worker has, misses none that it could name.
    return settings.missing_for_invoices if isinstance(settings, VerifactuSettings) else ()


SETTINGS: Final = (("core", InvoiceSettings), ("worker", VerifactuSettings))
PREREQUISITES: Final = (Prerequisites("INVOICES", InvoiceIssuer.VERIFACTU, _missing),)
"""Worker settings without which staff cannot choose to register invoices at the tax office."""
