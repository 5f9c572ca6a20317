"""A run of removals among whose people are some whose provider does not answer: how many would go is not known yet."""

from __future__ import annotations

import pytest

from subscriptions.application.expiry.owner_questions import ASK_AGAIN, PATIENCE, WAIT
from tests.fakes.shop import Shop
from tests.support.sweeping import Rig
from tests.support.unheard import AWAY, SOON, asked, change, gathering, over, renewed, stays_away


@pytest.fixture
async def rig(shop: Shop) -> Rig:
    return Rig(shop, await shop.plan())


async def test_nobody_goes_while_others_may_make_them_too_many(rig: Rig):
    await over(rig, answered=4, silent=4)
    await stays_away(rig, 4, 2 * WAIT)
    assert (await rig.live(), await asked(rig)) == (8, [])
    rig.shop.clock.advance(SOON)
    await rig.tick()
    assert (await rig.live(), await asked(rig)) == (8, ["8"])


async def test_who_did_not_answer_is_asked_again_at_once(rig: Rig):
    await over(rig, answered=4, silent=2)
    rig.shop.clock.advance(SOON)
    await rig.tick()
    assert await asked(rig) == ["6"]


async def test_who_was_renewed_makes_room_for_the_others(rig: Rig):
    await over(rig, answered=4, silent=4)
    renewed(rig, range(1, 9))
    await stays_away(rig, 4, WAIT)
    rig.shop.clock.advance(SOON)
    await rig.tick()
    await rig.work()
    assert (await rig.live(), await asked(rig), await gathering(rig)) == (8, [], 0)


async def test_who_is_silent_is_asked_about_with_those_who_are_too_many(rig: Rig):
    await over(rig, answered=6, silent=3)
    assert await asked(rig) == []
    await stays_away(rig, 3, WAIT)
    assert (await rig.live(), await asked(rig)) == (9, ["9"])
    renewed(rig, range(1, 10))
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    assert await rig.live() == 9


async def test_few_who_are_over_wait_an_hour_for_the_silent_at_most(rig: Rig):
    await over(rig, answered=3, silent=4)
    await stays_away(rig, 4, PATIENCE - WAIT)
    assert (await rig.live(), await asked(rig)) == (7, [])
    await stays_away(rig, 4, 2 * WAIT)
    assert (await rig.live(), await asked(rig)) == (7, ["7"])


async def test_of_a_provider_that_answers_nobody_owners_hear_nothing(rig: Rig):
    await over(rig, answered=0, silent=8)
    await stays_away(rig, 8, PATIENCE + WAIT)
    assert (await rig.live(), await asked(rig)) == (8, [])


async def test_who_waited_for_a_word_needs_one_though_the_provider_was_silent(rig: Rig):
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


async def test_whoever_ended_in_another_way_is_waited_for_no_more(rig: Rig):
    await over(rig, answered=2, silent=4)
    await change(rig, rig.people[-4:], lambda subscription: subscription.end("refunded", rig.shop.clock.now()))
    rig.shop.clock.advance(WAIT)
    await rig.tick()
    await rig.work()
    assert (await rig.live(), await asked(rig), await gathering(rig)) == (0, [], 0)
