"""Jobs that follow from a commission."""

from typing import Final

from subscriptions.application.dto import partner_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def settle_commission(event: events.CommissionDue) -> Consequences:
    return [partner_jobs.CommissionToSettle(payment_id=event.payment_id)]


EVENTS: Final = (on(events.CommissionDue, settle_commission),)
