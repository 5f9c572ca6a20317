"""Wiring of invoicing with records at the tax office."""

from importlib.metadata import version

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.verifactu import VerifactuSettings
from subscriptions.domain.entities.invoice import Issuer
from subscriptions.domain.ports.tax_office import TaxOffice
from subscriptions.infrastructure.verifactu import VerifactuOffice


def issuer(settings: CoreSettings) -> Issuer | None:
    """Return the issuer of invoices; None if invoicing by records is off."""
    return settings.issuer if isinstance(settings, VerifactuSettings) else None


def tax_office(settings: CoreSettings) -> TaxOffice | None:
    """Return the tax office client; None if invoicing by records is off."""
    if not isinstance(settings, VerifactuSettings) or settings.issuer is None:
        return None
    return VerifactuOffice(settings.tax_service, settings.verifactu_certificate, version("umbral-access"))
