"""Check that a bulk expiry above the limit waits for an owner, that no member is removed before the decision, and that
no due subscription is forgotten.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.expiry.bulk_expiry_guard import BulkExpiryGuard, bulk_expiry_limit
from subscriptions.application.expiry.owner_questions import ASK_AGAIN
from subscriptions.application.expiry.restore_expired import EXTENSION
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.bulk_expiry import BY_MACHINE, BulkExpiryEntryState
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, ProviderStatus
from tests.fakes import samples
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.bulk_expiry import HOUR, Rig
from tests.support.unanswered_checks import renewed


@pytest.fixture
async def rig(shop: Shop) -> Rig:
    return Rig(shop, await shop.plan())


@pytest.mark.parametrize(
    ("live", "setting", "limit"),
    [(0, None, 5), (100, None, 5), (119, None, 5), (120, None, 6), (1000, None, 50), (1000, 3, 3), (10, 0, 0)],
)
def test_bulk_expiry_limit_is_the_setting_or_the_larger_of_five_and_five_per_cent(live, setting, limit):
    assert bulk_expiry_limit(live, setting) == limit


async def test_removals_within_the_limit_need_no_decision_by_an_owner(rig: Rig):
    await rig.sell(5)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    assert await rig.live() == 0
    assert await rig.questions() == []


async def test_too_many_removals_are_held_before_the_first_removal(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    assert await rig.live() == 6
    assert AccessStatus.REVOKING not in await rig.states()
    [question] = await rig.questions()
    assert (question["people"], question["live"], question["limit"]) == ("6", "6", "5")
    lines = [line.split("\t") for line in question["who"].split("\n")]
    assert {(name, number, why) for name, number, why, _ in lines} == {
        (person.first_name, str(person.telegram_id), "canceled") for person in rig.people
    }
    assert await rig.shop.notified("expired") == []


async def test_owners_get_one_question_for_a_bulk_expiry_of_any_size(rig: Rig):
    async with rig.shop.units() as uow:
        for _ in range(503):
            person = samples.customer()
            await uow.customers.save(person)
            await uow.subscriptions.save(samples.given(person, rig.plan, rig.shop.clock.now()))
        await uow.commit()
    await rig.tick()
    await rig.tick()
    [question] = await rig.questions()
    assert question["people"] == "503"
    assert await rig.shop.notified("expired") == []


async def test_subscriptions_checked_late_are_held_for_the_question_of_the_next_run(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.shop.run_due()
    rig.shop.clock.advance(rig.shop.policy.check_interval)
    await rig.complete()
    await rig.work()
    assert (await rig.live(), await rig.questions()) == (6, [])
    await rig.tick()
    assert (await rig.live(), [question["people"] for question in await rig.questions()]) == (6, ["6"])


async def test_removals_spread_over_a_day_need_no_decision_by_an_owner(rig: Rig):
    for _ in range(8):
        await rig.sell(3)
        rig.shop.clock.advance(HOUR)
    rig.shop.clock.advance(PERIOD - 8 * HOUR)
    for _ in range(9):
        await rig.tick()
        rig.shop.clock.advance(HOUR)
    assert await rig.live() == 0
    assert await rig.questions() == []


async def test_renewals_do_not_count_towards_the_limit(rig: Rig):
    await rig.sell(20, cancel=False)
    await rig.sell(2)
    rig.shop.clock.advance(PERIOD)
    for number in range(1, 21):
        end = rig.shop.clock.now()
        rig.shop.provider.change(
            f"sub-{number}",
            status=ProviderStatus.ACTIVE,
            current_period_start=end,
            current_period_end=end + PERIOD,
        )
    await rig.tick()
    assert await rig.live() == 20
    assert await rig.questions() == []


async def test_billing_is_not_stopped_before_an_owner_confirms_the_bulk_expiry(rig: Rig):
    await rig.sell(6, cancel=False)
    rig.shop.clock.advance(PERIOD)
    for number in range(1, 7):
        rig.shop.provider.change(f"sub-{number}", status=ProviderStatus.PAST_DUE)
    await rig.tick()
    rig.shop.clock.advance(rig.shop.policy.grace)
    await rig.tick()
    assert rig.shop.provider.canceled_at_once == []
    assert await rig.live() == 6
    assert "unpaid" in (await rig.questions())[0]["who"]
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    assert len(rig.shop.provider.canceled_at_once) == 6
    assert await rig.live() == 0


async def test_confirmed_bulk_expiry_runs_once_and_is_audited(rig: Rig):
    await rig.sell(7)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    bulk_expiry = await rig.asked()
    assert (await rig.decide(bulk_expiry, go_on=True)).name == "going_on"
    assert (await rig.decide(bulk_expiry, go_on=False)).name == "said_before"
    await rig.work()
    assert await rig.live() == 0
    assert set(await rig.states()) == {AccessStatus.REVOKING}
    assert await rig.audited("sweep.go_on") == 1
    assert await rig.audited("sweep.leave_in") == 0
    async with rig.shop.units() as uow:
        [decision] = await uow.bulk_expiries.decisions(bulk_expiry)
    assert (decision.by, str(decision.answer)) == (BY_MACHINE, "go_on")
    assert len(await rig.shop.notified("expired")) == 7


async def test_customer_who_paid_meanwhile_is_not_removed(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    now = rig.shop.clock.now()
    rig.shop.provider.change(
        "sub-1",
        status=ProviderStatus.ACTIVE,
        cancel_at_period_end=False,
        cancel_at=None,
        current_period_start=now,
        current_period_end=now + PERIOD,
    )
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    assert await rig.live() == 1


@pytest.mark.parametrize("answer", ["leave_in", "silence"])
async def test_owners_are_asked_again_about_held_subscriptions_that_never_end_without_a_decision(rig: Rig, answer):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    if answer == "leave_in":
        assert (await rig.decide(await rig.asked(), go_on=False)).name == "left_in"
    for _ in range(4):
        rig.shop.clock.advance(HOUR)
        await rig.tick()
    assert len(await rig.questions()) == 1
    first = await rig.asked()
    rig.shop.clock.advance(ASK_AGAIN)
    await rig.tick()
    assert len(await rig.questions()) == 2
    assert await rig.live() == 6
    if answer == "silence":
        assert (await rig.decide(first, go_on=True)).name == "asked_anew"
    await rig.decide(await rig.asked(), go_on=True)
    await rig.work()
    assert await rig.live() == 0


async def test_held_subscriptions_need_a_decision_even_when_few_remain(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    renewed(rig, range(1, 5))
    rig.shop.clock.advance(ASK_AGAIN)
    await rig.tick()
    assert [question["people"] for question in await rig.questions()] == ["6", "2"]
    assert await rig.live() == 6


async def test_ordinary_expiry_is_not_held_while_a_bulk_expiry_awaits_a_decision(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(HOUR)
    await rig.sell(1)
    rig.shop.clock.advance(PERIOD - HOUR)
    await rig.tick()
    rig.shop.clock.advance(HOUR)
    await rig.tick()
    assert await rig.live() == 6


async def test_provider_outage_does_not_block_other_removals(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    rig.shop.provider.errors = [GatewayUnavailable("acme", "away") for _ in rig.people]
    await rig.tick()
    assert await rig.questions() == []
    rig.shop.clock.advance(rig.shop.policy.check_interval)
    await rig.tick()
    assert [question["people"] for question in await rig.questions()] == ["6"]


async def test_undo_of_a_bulk_expiry_readmits_exactly_the_removed_customers(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    bulk_expiry = await rig.asked()
    await rig.decide(bulk_expiry, go_on=True)
    await rig.work()
    gone_before = rig.people
    rig.people = []
    await rig.sell(1)
    rig.shop.clock.advance(HOUR)
    done = await rig.undo(bulk_expiry)
    assert (done.name, done.facts["people"]) == ("undone", 6)
    await rig.work()
    rig.people = gone_before
    assert await rig.live() == 6
    assert set(await rig.states()) == {AccessStatus.PENDING}
    held = await rig.shop.holding(gone_before[0], rig.plan)
    assert {s.status for s in held.subscriptions} == {SubscriptionStatus.EXPIRED, SubscriptionStatus.ACTIVE}
    until = next(s.access_until for s in held.subscriptions if s.live)
    assert until == rig.shop.clock.now() + EXTENSION
    assert (await rig.undo(bulk_expiry)).name == "said_before"
    assert await rig.audited("sweep.restored") == 6
    assert await rig.audited("sweep.undone") == 1


async def test_undo_of_a_bulk_expiry_does_not_readmit_an_erased_customer(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    bulk_expiry = await rig.asked()
    await rig.decide(bulk_expiry, go_on=True)
    await rig.work()
    async with rig.shop.units() as uow:
        erased = await uow.customers.get(rig.people[0].id)
        assert erased is not None
        erased.telegram_id = erased.stand_in
        await uow.customers.save(erased)
        await uow.commit()
    await rig.undo(bulk_expiry)
    await rig.work()
    assert await rig.live() == 5
    assert not any(each.live for each in (await rig.shop.holding(erased, rig.plan)).subscriptions)


async def test_undo_during_the_removals_stops_the_remaining_removals(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    bulk_expiry = await rig.asked()
    await rig.decide(bulk_expiry, go_on=True)
    await rig.undo(bulk_expiry)
    await rig.work()
    assert await rig.live() == 6
    async with rig.shop.units() as uow:
        assert {case.state for case in await uow.bulk_expiries.list_entries(bulk_expiry)} == {
            BulkExpiryEntryState.STAYS
        }


async def test_undo_of_a_bulk_expiry_is_possible_for_a_day(rig: Rig):
    await rig.sell(6)
    rig.shop.clock.advance(PERIOD)
    await rig.tick()
    bulk_expiry = await rig.asked()
    with pytest.raises(NothingToDo):
        await rig.undo(bulk_expiry)
    await rig.decide(bulk_expiry, go_on=True)
    await rig.work()
    rig.shop.clock.advance(timedelta(hours=24))
    assert (await rig.undo(bulk_expiry)).name == "too_late"


async def test_removals_above_the_limit_by_one_caller_are_held_until_confirmed(rig: Rig):
    await rig.sell(6)
    guard = BulkExpiryGuard(rig.shop.policy)
    rig.shop.clock.advance(PERIOD)
    async with rig.shop.units() as uow:
        over = list(await uow.subscriptions.list_due(rig.shop.clock.now()))
        assert await guard.admit(uow, over, rig.shop.clock.now()) == []
        await uow.commit()
    await rig.decide(await rig.asked(), go_on=True)
    async with rig.shop.units() as uow:
        admitted = await guard.admit(uow, over, rig.shop.clock.now())
        assert {s.id for s in admitted} == {s.id for s in over}
        await guard.note_end(uow, admitted[0])
        await uow.commit()
    async with rig.shop.units() as uow:
        states = [case.state for case in await uow.bulk_expiries.list_entries(await rig.asked())]
    assert sorted(states).count(BulkExpiryEntryState.REMOVED) == 1
