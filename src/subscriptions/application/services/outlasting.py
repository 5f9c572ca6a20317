"""Days a customer was given beyond the last period of what a provider had paused and then ended."""

from datetime import datetime

from subscriptions.application.dto import jobs
from subscriptions.domain.entities.subscription import PROVIDER, Subscription
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def outlast(
    uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime
) -> None:
    """A provider's pause is over with its last period there: what comes after was never the provider's. Before that
    nobody gets in by canceling what rests; the check at the period's end comes by itself.

    The caller saves the subscription, and settles its access where it rests no more.
    """
    if snapshot is None or snapshot.status is not ProviderStatus.ENDED or PROVIDER not in subscription.paused_for:
        return
    period, until = subscription.current_period_end, subscription.access_until
    if not subscription.live or period is None or until is None or period >= until:
        return
    if now < period:
        check = jobs.CheckSubscription(subscription_id=subscription.id)
        await uow.enqueue(check.later(period, f"outlasts:{subscription.id}"))
    elif now < until:
        subscription.resume(PROVIDER, now)
