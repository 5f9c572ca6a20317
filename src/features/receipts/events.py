"""Job that is queued when staff requests that a receipt be sent."""

from typing import Final

from features.receipts.domain import ReceiptRequested
from features.receipts.messages import RECEIPT
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on


def send_receipt(event: ReceiptRequested) -> Consequences:
    key = f"{event.receipt_id}:{event.operation}"
    kind = RECEIPT
    return [jobs.Announce(kind=kind, customer_id=event.customer_id, subject=event.receipt_id, key=key)]


EVENTS: Final = (on(ReceiptRequested, send_receipt),)
