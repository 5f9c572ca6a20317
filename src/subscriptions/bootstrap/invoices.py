"""Wiring of what issues invoices by records at the tax office."""

from importlib.metadata import version

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.verifactu import VerifactuSettings
from subscriptions.domain.entities.invoice import Issuer
from subscriptions.domain.ports.tax_office import TaxOffice
from subscriptions.infrastructure.verifactu import VerifactuOffice


def issuer(settings: CoreSettings) -> Issuer | None:
    """Who issues invoices; None where nobody does by records."""
    return settings.issuer if isinstance(settings, VerifactuSettings) else None


def tax_office(settings: CoreSettings) -> TaxOffice | None:
    """Where records go; None where nobody issues any."""
    if not isinstance(settings, VerifactuSettings) or settings.issuer is None:
        return None
    return VerifactuOffice(settings.tax_service, settings.verifactu_certificate, version("umbral-access"))
