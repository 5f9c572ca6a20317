"""Routing of the event that a subscription was canceled to the survey's job."""

from typing import Final

from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events
from umbral_survey.jobs import NoteCancellation


def note_cancellation(event: events.SubscriptionCanceled) -> Consequences:
    """Return the job that records the cancellation."""
    return [NoteCancellation(customer_id=event.customer_id, at=event.at)]


EVENTS: Final = (on(events.SubscriptionCanceled, note_cancellation),)
