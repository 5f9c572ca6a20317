"""Jobs and webhook events that follow from invoices being requested, due or issued."""

from collections.abc import Sequence
from typing import Final

from features.invoices.domain.events import InvoiceDue, InvoiceIssued, InvoiceRequested
from features.invoices.jobs import InvoiceToIssue
from features.invoices.messages import INVOICE
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, Row, on
from subscriptions.domain.entities.outgoing import EventKind, WebhookEvent


def issue_invoice(event: InvoiceDue) -> Consequences:
    return [InvoiceToIssue(receipt_id=event.receipt_id, kind=event.kind, revision=event.revision)]


def notify_invoice(event: InvoiceIssued) -> Consequences:
    kind, key = INVOICE, str(event.record_id)
    return [jobs.Announce(kind=kind, customer_id=event.customer_id, subject=event.record_id, key=key)]


def invoice_requested(event: InvoiceRequested) -> WebhookEvent:
    return WebhookEvent(
        kind=EventKind.INVOICE_REQUESTED,
        customer_id=event.customer_id,
        payment_id=event.payment_id,
        facts=dict(event.facts),
    )


EVENTS: Final[Sequence[Row[Consequences]]] = (
    on(InvoiceDue, issue_invoice),
    on(InvoiceRequested),
    on(InvoiceIssued, notify_invoice),
)
WEBHOOK_EVENTS: Final = (on(InvoiceRequested, invoice_requested),)
"""Webhook events that are sent when an invoice is requested."""
PUBLISHED_BY: Final = (("bot", EventKind.INVOICE_REQUESTED),)
"""Pairs of a process and a webhook event, for events that processes other than the worker send."""
