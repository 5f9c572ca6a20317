"""Messages that the feature queues when an account transfer is requested or closed."""

from typing import Final

from features.transfer.domain import AccountTransferAsked, AccountTransferClosed
from features.transfer.messages import ACCOUNT_TRANSFER_ASKED, ACCOUNT_TRANSFER_CLOSED
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on


def notify_asked(event: AccountTransferAsked) -> Consequences:
    """Queue the notice to the first account, which may object."""
    key = str(event.account_transfer_id)
    return [
        jobs.Announce(
            kind=ACCOUNT_TRANSFER_ASKED, customer_id=event.customer_id, subject=event.account_transfer_id, key=key
        )
    ]


def notify_closed(event: AccountTransferClosed) -> Consequences:
    """Queue the message to the customer's current account that the transfer was completed, objected to or dropped."""
    key = f"{event.account_transfer_id}:{event.customer_id}"
    return [
        jobs.Announce(
            kind=ACCOUNT_TRANSFER_CLOSED, customer_id=event.customer_id, subject=event.account_transfer_id, key=key
        )
    ]


EVENTS: Final = (on(AccountTransferAsked, notify_asked), on(AccountTransferClosed, notify_closed))
