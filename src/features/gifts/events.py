"""Jobs that the feature queues for domain events of the core."""

from dataclasses import replace
from typing import Final

from features.gifts.messages import GIFT_HELD, GIFT_OPENED, GIFT_READY, GIFT_RETURNED, GIFT_TAKEN
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events
from subscriptions.domain.ports.job_queue import Priority


def notify_paid(event: events.PaidForAnother) -> Consequences:
    """Notify the giver that the gift can be passed on."""
    key = str(event.payment_id)
    message = jobs.Announce(kind=GIFT_READY, customer_id=event.customer_id, subject=event.payment_id, key=key)
    # The giver has paid and waits for the link.
    return [replace(message.job(), priority=Priority.HIGH)]


def notify_opened(event: events.HandedOver) -> Consequences:
    """Notify the giver that the gift was opened."""
    key = str(event.order_id)
    return [jobs.Announce(kind=GIFT_OPENED, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_held(event: events.HandoverHeld) -> Consequences:
    """Notify the giver of a dispute about an unopened gift."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_HELD, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_returned(event: events.HandoverReturned) -> Consequences:
    """Notify the giver that the bank returned the payment."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_RETURNED, customer_id=event.customer_id, subject=event.order_id, key=key)]


def notify_taken(event: events.HandoverRevoked) -> Consequences:
    """Notify the recipient that the gift's time was revoked."""
    key = str(event.key)
    return [jobs.Announce(kind=GIFT_TAKEN, customer_id=event.customer_id, subject=event.subscription_id, key=key)]


EVENTS: Final = (
    on(events.PaidForAnother, notify_paid),
    on(events.HandedOver, notify_opened),
    on(events.HandoverHeld, notify_held),
    on(events.HandoverReturned, notify_returned),
    on(events.HandoverRevoked, notify_taken),
)
