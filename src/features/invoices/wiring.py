"""Dependency container of the use cases for invoices, and functions that create its inputs from the settings."""

from importlib.metadata import version
from typing import cast

from dependency_injector import containers

from features.invoices.adapters.verifactu import VerifactuOffice
from features.invoices.domain.invoice import Invoicing, Issuer, ReadInvoicing
from features.invoices.feature import FEATURE
from features.invoices.ports import TaxOffice
from features.invoices.settings import InvoiceSettings, VerifactuSettings
from features.invoices.use_cases.invoice_receipt import InvoiceReceipt
from features.invoices.use_cases.issue_invoice import IssueInvoice
from features.invoices.use_cases.request_invoice import RequestInvoice
from features.invoices.use_cases.send_records import SendRecords
from features.invoices.use_cases.show_invoices import ShowInvoices
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.wiring import nested


def invoicing(core: CoreContainer) -> ReadInvoicing:
    """Return a function that reads the operator's choices for new invoices."""

    def read() -> Invoicing:
        is_on = core.features().state(FEATURE.name) is FeatureState.ON
        return cast(InvoiceSettings, core.settings()).choices if is_on else Invoicing()

    return read


def issuer(settings: CoreSettings) -> Issuer | None:
    """Return the issuer of invoices; None in processes other than the worker, and without VERIFACTU_NIF."""
    own = _of_worker(settings)
    return own.issuer if own is not None else None


def tax_office(settings: CoreSettings) -> TaxOffice | None:
    """Return the tax office client; None in processes other than the worker, and without VERIFACTU_NIF."""
    own = _of_worker(settings)
    if own is None or own.issuer is None:
        return None
    return VerifactuOffice(own.tax_service, own.verifactu_certificate, version("umbral-access"))


def _of_worker(settings: object) -> VerifactuSettings | None:
    return settings if isinstance(settings, VerifactuSettings) else None


class InvoicesContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    read_invoicing = make(invoicing, core=core)
    invoice_receipt = make(InvoiceReceipt)
    request_invoice = make(RequestInvoice)
    show_invoices = make(ShowInvoices)
    issue_invoice = make(IssueInvoice, issuer=make(issuer))
    send_records = make(SendRecords, tax_office=make(tax_office))
