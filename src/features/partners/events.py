"""Job that is queued when a payment is counted, refunded or disputed."""

from typing import Final

from features.partners import jobs as partner_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def reconcile_commission(event: events.PaymentBalanceChanged) -> Consequences:
    """Queue the reconciliation of a payment's commission if a partner referred the customer."""
    return [partner_jobs.CommissionToReconcile(payment_id=event.payment_id)] if event.brought_by is not None else []


EVENTS: Final = (on(events.PaymentBalanceChanged, reconcile_commission),)
