"""End of access to a channel opened by several subscriptions."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.services import access_policy
from tests.fakes import samples

DAY = timedelta(days=1)


def test_access_ends_with_the_last_live_subscription() -> None:
    """A refunded or expired subscription may be over before its time ends."""
    held = [samples.subscription(samples.order(samples.customer(), samples.plan())) for _ in range(4)]
    for days, each in enumerate(held, 1):
        each.access_until = samples.NOON + days * DAY
    first, second, over, unpaid = held
    over.status, unpaid.access_until = SubscriptionStatus.EXPIRED, None

    assert access_policy.ends_at(held) == second.access_until
    assert access_policy.ends_at([first, over]) == first.access_until
    assert access_policy.ends_at([over, unpaid]) is None


def test_subscription_admits_its_customer_while_the_renewal_is_being_charged() -> None:
    """A bank may decide about the charge of a period days after the period began."""
    subscription = samples.subscription(samples.order(samples.customer(), samples.plan()))
    subscription.status, subscription.provider_ref = SubscriptionStatus.ACTIVE, "sub-1"
    subscription.access_until = subscription.current_period_start = samples.NOON
    subscription.current_period_end = samples.NOON + 30 * DAY
    subscription.charging_since = samples.NOON

    assert access_policy.lets_in(subscription, 5 * DAY, samples.NOON + 3 * DAY)
    assert not access_policy.lets_in(subscription, 5 * DAY, samples.NOON + 30 * DAY)
    subscription.cancel(now=samples.NOON, at_period_end=False)
    assert not access_policy.lets_in(subscription, 5 * DAY, samples.NOON + 3 * DAY)
