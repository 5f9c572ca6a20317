"""A subscription that the seller ends at its provider is over, in every state: nothing that Umbral noted before
outranks the provider's final state.
"""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.subscription import SubscriptionStatus
from tests.lives.story import DAY, REF, STATES, story_in

HELD = frozenset(name for name in STATES if name.startswith(("suspended", "disputed")))


@pytest.mark.parametrize("state", STATES.keys() - HELD)
async def test_subscription_ended_by_the_seller_ends_with_its_time_and_can_be_bought_again(state: str) -> None:
    story = await story_in(state)
    paid_until, charges, alarms = story.subscription.access_until, len(story.charges), await story.shop.alarms()
    story.provider.attempts.pop(REF, None)
    story.provider.undecided.discard(REF)

    story.provider.end(REF)
    await story.run()

    ended = story.subscription
    assert ended.status in {SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED, SubscriptionStatus.PAST_DUE}
    assert ended.access_until == paid_until
    assert ended.next_charge is None
    await story.run(45 * DAY)
    assert story.subscription.status is SubscriptionStatus.EXPIRED
    assert len(story.charges) == charges
    assert await story.shop.alarms() == alarms
    await story.buy()
    assert story.subscription.status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("state", ["skipped month", "canceled in the skipped month", "paused by the seller"])
async def test_subscription_ended_without_time_left_can_be_bought_again_at_once(state: str) -> None:
    story = await story_in(state)

    story.provider.end(REF)
    await story.run()

    assert story.subscription.status is SubscriptionStatus.EXPIRED
    await story.buy()
    assert story.subscription.status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("state", ["suspended", "suspended in the skipped month", "suspended while past due"])
async def test_suspended_customer_keeps_the_paid_time_of_a_subscription_that_the_seller_ended(state: str) -> None:
    story = await story_in(state)
    withheld_since, paid_until = story.subscription.withheld_since, story.subscription.access_until
    assert withheld_since is not None
    assert paid_until is not None
    story.provider.attempts.pop(REF, None)

    story.provider.end(REF)
    await story.run(20 * DAY)

    assert story.subscription.live
    assert story.subscription.is_paused
    await story.readmit()
    left = max(paid_until - withheld_since, 0 * DAY)
    await story.run(left / 2)
    assert (not left) or not story.subscription.is_paused
    await story.run(left + 10 * DAY)
    assert story.subscription.status is SubscriptionStatus.EXPIRED
    await story.buy()
    assert story.subscription.status is SubscriptionStatus.ACTIVE
