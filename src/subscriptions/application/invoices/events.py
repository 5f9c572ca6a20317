"""Jobs that are queued when a receipt needs an invoice."""

from typing import Final

from subscriptions.application.dto import invoice_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events
from subscriptions.domain.entities.invoice import RecordKind


def issue_invoice(event: events.InvoiceDue) -> Consequences:
    return [
        invoice_jobs.InvoiceToIssue(receipt_id=event.receipt_id, kind=RecordKind(event.kind), revision=event.revision)
    ]


EVENTS: Final = (on(events.InvoiceDue, issue_invoice),)
