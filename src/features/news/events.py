"""Jobs that create activity feed entries for payments, cancellations, disputes and other events."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from features.news.domain import LOST, OPENED, WON, Topic
from features.news.jobs import NoteNews
from subscriptions.application.routing import Consequences, dated_key, on
from subscriptions.domain import events
from subscriptions.domain.entities.subscription import DISPUTE
from subscriptions.domain.ids import CustomerId

REASON_AFTER: Final = timedelta(minutes=3)
"""Delay of the entry about a cancellation, because the customer is asked for the reason only after canceling."""


def payment(event: events.PaymentReceived) -> Consequences:
    topic = Topic.RENEWAL if event.is_renewal else Topic.SALE
    return [_news(topic, event.customer_id, event.payment_id)]


def gift(event: events.PaidForAnother) -> Consequences:
    return [_news(Topic.SALE, event.customer_id, event.payment_id)]


def refund(event: events.PaymentRefunded) -> Consequences:
    return [_news(Topic.REFUND, event.customer_id, event.refund_id)]


def failed_charge(event: events.PaymentFailed) -> Consequences:
    key = f"{event.subscription_id}:{event.period_end.isoformat()}"
    return [_news(Topic.FAILED_CHARGE, event.customer_id, event.subscription_id, key)]


def cancellation(event: events.SubscriptionCanceled) -> Consequences:
    key = dated_key(event)
    news = _news(Topic.CANCELLATION, event.customer_id, event.subscription_id, key)
    return [news.delayed_job(event.at + REASON_AFTER, key)]


def dispute_opened(event: events.SubscriptionPaused) -> Consequences:
    return _dispute(OPENED, event)


def dispute_won(event: events.SubscriptionResumed) -> Consequences:
    return _dispute(WON, event)


def dispute_lost(event: events.DisputeLost) -> Consequences:
    return [_news(Topic.DISPUTE, event.customer_id, event.subscription_id, str(event.dispute_id), word=LOST)]


def _dispute(word: str, event: events.SubscriptionPaused | events.SubscriptionResumed) -> Consequences:
    if event.reason != DISPUTE:
        return []
    return [_news(Topic.DISPUTE, event.customer_id, event.subscription_id, dated_key(event), word=word)]


def _news(topic: Topic, customer: CustomerId, subject: UUID, key: str | None = None, *, word: str = "") -> NoteNews:
    key = f"{topic}:{word}:{key or subject}"
    return NoteNews(topic=topic, key=key, customer_id=customer, subject=subject, word=word)


EVENTS: Final = (
    on(events.PaymentReceived, payment),
    on(events.PaidForAnother, gift),
    on(events.PaymentRefunded, refund),
    on(events.PaymentFailed, failed_charge),
    on(events.SubscriptionCanceled, cancellation),
    on(events.SubscriptionPaused, dispute_opened),
    on(events.SubscriptionResumed, dispute_won),
    on(events.DisputeLost, dispute_lost),
)
