"""Jobs that follow from this feature's events."""

from typing import Final

from features.transfer.domain import TakeoverAsked, TakeoverClosed
from features.transfer.messages import TAKEOVER_ASKED, TAKEOVER_CLOSED
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on


def notify_asked(event: TakeoverAsked) -> Consequences:
    """Queue the notice to the first account, which may object."""
    key = str(event.takeover_id)
    return [jobs.Announce(kind=TAKEOVER_ASKED, customer_id=event.customer_id, subject=event.takeover_id, key=key)]


def notify_closed(event: TakeoverClosed) -> Consequences:
    """Queue the message about the result to the customer's current account."""
    key = f"{event.takeover_id}:{event.customer_id}"
    return [jobs.Announce(kind=TAKEOVER_CLOSED, customer_id=event.customer_id, subject=event.takeover_id, key=key)]


EVENTS: Final = (on(TakeoverAsked, notify_asked), on(TakeoverClosed, notify_closed))
