"""Bulk expiry in which some providers do not answer, so that the number of removals is not known yet."""

from __future__ import annotations

import pytest

from subscriptions.application.expiry.owner_questions import ASK_AGAIN, PATIENCE, WAIT
from tests.fakes.shop import Shop
from tests.support.bulk_expiry import Rig
from tests.support.unanswered_checks import AWAY, SOON, asked, change, gathering, over, renewed, stays_away


@pytest.fixture
async def rig(shop: Shop) -> Rig:
    return Rig(shop, await shop.plan())


async def test_no_customer_is_removed_while_unanswered_queries_could_exceed_the_limit(rig: Rig):
    await over(rig, answered=4, silent=4)
    await stays_away(rig, 4, 2 * WAIT)
    assert (await rig.live(), await asked(rig)) == (8, [])
    rig.shop.clock.advance(SOON)
    await rig.tick()
    assert (await rig.live(), await asked(rig)) == (8, ["8"])


async def test_subscription_without_a_provider_answer_is_checked_again_soon(rig: Rig):
    await over(rig, answered=4, silent=2)
    rig.shop.clock.advance(SOON)
    await rig.tick()
    assert await asked(rig) == ["6"]


async def test_renewed_subscriptions_do_not_delay_the_expiry_of_other_subscriptions(rig: Rig):
    await over(rig, answered=4, silent=4)
    renewed(rig, range(1, 9))
    await stays_away(rig, 4, WAIT)
    rig.shop.clock.advance(SOON)
    await rig.tick()
    await rig.work()
    assert (await rig.live(), await asked(rig), await gathering(rig)) == (8, [], 0)


async def test_subscriptions_without_a_provider_answer_are_included_in_the_question_to_owners(rig: Rig):
    await over(rig, answered=6, silent=3)
    assert await asked(rig) == []
    await stays_away(rig, 3, WAIT)
    assert (await rig.live(), await asked(rig)) == (9, ["9"])
    renewed(rig, range(1, 10))
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    assert await rig.live() == 9


async def test_removals_within_the_limit_wait_at_most_an_hour_for_unanswered_queries(rig: Rig):
    await over(rig, answered=3, silent=4)
    await stays_away(rig, 4, PATIENCE - WAIT)
    assert (await rig.live(), await asked(rig)) == (7, [])
    await stays_away(rig, 4, 2 * WAIT)
    assert (await rig.live(), await asked(rig)) == (7, ["7"])


async def test_owners_get_no_question_if_no_provider_query_was_answered(rig: Rig):
    await over(rig, answered=0, silent=8)
    await stays_away(rig, 8, PATIENCE + WAIT)
    assert (await rig.live(), await asked(rig)) == (8, [])


async def test_held_subscription_needs_a_decision_even_after_an_outage(rig: Rig):
    await over(rig, answered=6, silent=0)
    assert await asked(rig) == ["6"]
    renewed(rig, range(1, 5))
    rig.shop.clock.advance(ASK_AGAIN)
    rig.shop.provider.errors = [AWAY] * 6
    await rig.tick()
    await stays_away(rig, 6, WAIT)
    rig.shop.clock.advance(SOON)
    await rig.tick()
    assert (await rig.live(), await asked(rig)) == (6, ["6", "2"])


async def test_bulk_expiry_does_not_wait_for_a_subscription_ended_for_another_reason(rig: Rig):
    await over(rig, answered=2, silent=4)
    await change(rig, rig.people[-4:], lambda subscription: subscription.end("refunded", rig.shop.clock.now()))
    rig.shop.clock.advance(WAIT)
    await rig.tick()
    await rig.work()
    assert (await rig.live(), await asked(rig), await gathering(rig)) == (0, [], 0)
