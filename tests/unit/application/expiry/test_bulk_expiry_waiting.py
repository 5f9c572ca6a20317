"""Check that subscriptions may change while their bulk expiry waits for providers' responses, and that no subscription
is forgotten.
"""

from __future__ import annotations

import pytest

from subscriptions.application.expiry.expire_vip import ExpireVip
from subscriptions.application.expiry.owner_questions import ASK_AGAIN, PATIENCE, WAIT, turn
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.bulk_expiry import BulkExpiryEntryState, BulkExpiryStatus
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import DISPUTE, Subscription
from tests.fakes import samples
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.bulk_expiry import HOUR, Rig
from tests.support.unanswered_checks import AWAY, SOON, asked, change, gathering, over, renewed, stays_away


@pytest.fixture
async def rig(shop: Shop) -> Rig:
    return Rig(shop, await shop.plan())


async def test_due_subscription_missed_by_a_decided_bulk_expiry_is_checked_again(rig: Rig):
    """The check read the subscription's entry before the bulk expiry was decided, and wrote the entry afterwards."""
    await over(rig, answered=6, silent=3)
    slow = rig.people[6]
    async with rig.shop.units() as uow:
        [subscription] = await uow.subscriptions.of_customer(slow.id)
        read = (await uow.bulk_expiries.open_of([subscription.id]))[subscription.id]
    assert read.state is BulkExpiryEntryState.CHECKING
    rig.shop.clock.advance(WAIT)
    await rig.complete()
    assert await gathering(rig) == 0
    async with rig.shop.units() as uow:
        await turn(uow, [read], BulkExpiryEntryState.DUE)
        await uow.commit()
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    rig.shop.clock.advance(ASK_AGAIN)
    await rig.tick()
    await rig.work()
    assert await rig.live() == 0


async def test_subscription_whose_end_changed_during_the_wait_is_still_counted(rig: Rig):
    await over(rig, answered=4, silent=4)

    def earlier(subscription: Subscription) -> None:
        assert subscription.access_until is not None
        subscription.access_until -= HOUR

    await change(rig, rig.people[-4:], earlier)
    for _ in range(30):
        rig.shop.clock.advance(SOON)
        await rig.tick()
    assert (await rig.live(), await asked(rig)) == (8, ["8"])


@pytest.mark.parametrize("what", ["refunded", "paid"])
async def test_subscription_no_longer_due_is_not_in_the_question_to_owners(rig: Rig, what: str):
    await over(rig, answered=4, silent=4)

    def how(subscription: Subscription) -> None:
        if what == "refunded":
            subscription.end("refunded", rig.shop.clock.now())
        else:
            subscription.access_until = rig.shop.clock.now() + PERIOD

    await change(rig, rig.people[:4], how)
    await stays_away(rig, 4, PATIENCE + WAIT)
    assert await asked(rig) == []


@pytest.mark.parametrize("what", ["grace", "dispute"])
async def test_subscription_without_a_provider_answer_and_no_longer_due_is_not_in_the_question(rig: Rig, what: str):
    await rig.sell(2)
    await rig.sell(4, cancel=False)
    rig.shop.clock.advance(PERIOD)
    rig.shop.provider.errors = [None] * 2 + [AWAY] * 4
    await rig.tick()

    def how(subscription: Subscription) -> None:
        if what == "grace":
            subscription.fail_payment(final=False, now=rig.shop.clock.now())
        else:
            subscription.pause(DISPUTE, rig.shop.clock.now())

    await change(rig, rig.people[-4:], how)
    await stays_away(rig, 4, PATIENCE + WAIT)
    assert await asked(rig) == []


async def test_question_sent_after_an_hour_excludes_subscriptions_without_a_provider_answer(rig: Rig):
    await over(rig, answered=0, silent=8)
    await stays_away(rig, 8, PATIENCE + WAIT)
    renewed(rig, range(2, 9))
    async with rig.shop.units() as uow:
        [bulk_expiry] = await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING)
    while rig.shop.clock.now() < bulk_expiry.closes_at - SOON:
        rig.shop.clock.advance(SOON)
        rig.shop.provider.errors = [AWAY] * 8
        await rig.tick()
    rig.shop.provider.errors = [None] + [AWAY] * 7
    await rig.tick()
    rig.shop.clock.advance(SOON)
    rig.shop.provider.errors = []
    await rig.tick()
    await rig.work()
    assert await asked(rig) == []


async def test_question_about_shared_channel_members_is_repeated_if_a_staff_bulk_expiry_is_lost(shop: Shop):
    plan = await shop.plan(access=AccessKind.VIP_CHANNEL)
    rig = Rig(shop, plan)
    expire_vip = ExpireVip(shop.units, shop.clock, shop.policy)
    async with shop.units() as uow:
        for _ in range(6):
            person = samples.customer()
            await uow.customers.save(person)
            await uow.subscriptions.save(samples.given(person, plan, shop.clock.now()))
            rig.people.append(person)
        await uow.commit()
    shop.clock.advance(HOUR)
    await expire_vip()
    assert await asked(rig) == ["6"]
    await Staff(shop)(SHELL, "sweep", "")
    for _ in range(3):
        shop.clock.advance(HOUR)
        await rig.complete()
        await expire_vip()
    assert await asked(rig) == ["6", "6"]
