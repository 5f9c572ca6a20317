"""Handler of the job that creates invoice records."""

from typing import Final

from features.invoices.jobs import InvoiceToIssue
from features.invoices.wiring import InvoicesContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _issue(core: CoreContainer) -> JobHandlers:
    issue = InvoicesContainer(core=core).issue_invoice()
    return dict([handler_of(InvoiceToIssue, lambda job: issue(job.receipt_id, job.kind, job.revision))])


HANDLERS: Final = HandlersPart({"worker": _issue})
