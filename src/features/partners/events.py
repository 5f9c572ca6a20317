"""Jobs that follow from core events."""

from typing import Final

from features.partners import jobs as partner_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def settle_commission(event: events.PaymentBalanceChanged) -> Consequences:
    """Reconcile the commission of a payment whose customer was brought by a partner."""
    return [partner_jobs.CommissionToSettle(payment_id=event.payment_id)] if event.brought_by is not None else []


EVENTS: Final = (on(events.PaymentBalanceChanged, settle_commission),)
