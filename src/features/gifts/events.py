"""Jobs that notify the giver or the recipient when a gift is paid, opened, disputed, returned or revoked."""

from dataclasses import replace
from typing import Final

from features.gifts.messages import GIFT_HELD, GIFT_OPENED, GIFT_READY, GIFT_RETURNED, GIFT_TAKEN
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events
from subscriptions.domain.ports.job_queue import Priority


def notify_paid(event: events.PaidForAnother) -> Consequences:
    """Queue a notice to the giver that the gift is paid and can be passed on."""
    key = str(event.payment_id)
    message = jobs.Announce(kind=GIFT_READY, customer_id=event.customer_id, subject=event.payment_id, key=key)
    # The giver has paid and waits for the link.
    return [replace(message.job(), priority=Priority.HIGH)]


def notify_opened(event: events.HandedOver) -> Consequences:
    """Queue a notice to the giver that the gift was opened."""
    key = str(event.order_id)
    return [jobs.Announce(kind=GIFT_OPENED, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_held(event: events.HandoverHeld) -> Consequences:
    """Queue a notice to the giver that the payment of an unopened gift is disputed."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_HELD, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_returned(event: events.HandoverReturned) -> Consequences:
    """Queue a notice to the giver that the bank returned the payment of the gift."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_RETURNED, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_taken(event: events.HandoverRevoked) -> Consequences:
    """Queue a notice to the recipient that the time received by the gift was revoked."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_TAKEN, customer_id=event.customer_id, subject=event.subscription_id, key=key)]


EVENTS: Final = (
    on(events.PaidForAnother, notify_paid),
    on(events.HandedOver, notify_opened),
    on(events.HandoverHeld, notify_held),
    on(events.HandoverReturned, notify_returned),
    on(events.HandoverRevoked, notify_taken),
)
