"""Check that a plan change leaves every day on the plan that it was bought or granted for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from subscriptions.domain.services import charge_policy
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.plan_member import CHEAP, DEAR, HALF, Member, charged, member_of

DAY = timedelta(days=1)


@pytest.fixture
async def member(shop: Shop) -> Member:
    return await member_of(shop)


async def give(member: Member, days: int, kind: LedgerKind = LedgerKind.TOKEN) -> None:
    shop, known = member.shop, await member.subscription()
    async with shop.units() as uow:
        held = await uow.subscriptions.get(known.id, lock=True)
        assert held is not None
        grant = TimeGrant(kind=kind, source_key=f"given:{days}", length=days * DAY, price=held.price)
        plan = await uow.plans.get(held.plan_id)
        assert plan is not None
        target = TimeTarget(subscription=held, is_extension=True)
        await GiveTime(GrantAccess(shop.policy)).add(uow, target, member.customer, plan, grant, shop.clock.now())
        await uow.commit()


async def of_plan(member: Member, name: str) -> Subscription | None:
    async with member.shop.units() as uow:
        return await uow.subscriptions.live_for(member.customer.id, member.plans[name].id)


@pytest.mark.parametrize("kind", [LedgerKind.TOKEN, LedgerKind.ADMIN_GRANT])
async def test_days_of_the_cheaper_plan_wait_until_the_other_plan_ends(shop: Shop, member: Member, kind: LedgerKind):
    await give(member, 40, kind)
    quote = await member.quote("dear")
    assert quote.time.waits == 40 * DAY
    await member.confirm(quote)
    await shop.deliver(*charged(shop))
    assert (await member.subscription()).access_until == member.end
    shop.clock.advance(HALF)
    shop.provider.change("sub-1", status=ProviderStatus.ENDED)
    await shop.check((await member.subscription()).id)
    assert await of_plan(member, "dear") is None
    rest = await of_plan(member, "middle")
    assert rest is not None
    assert (rest.status, rest.provider_ref) == (SubscriptionStatus.ACTIVE, None)
    assert rest.access_until == shop.clock.now() + 40 * DAY
    assert len(await shop.notified("waiting_time_began")) == 1


async def test_days_of_the_dearer_plan_are_used_before_a_scheduled_change(shop: Shop, member: Member):
    await give(member, 40)
    quote = await member.quote("cheap")
    assert quote.time.first_until == member.end + 40 * DAY
    await member.confirm(quote)
    held = await member.subscription()
    assert charge_policy.due_at(held) == held.access_until == member.end + 40 * DAY


async def test_days_of_the_dearer_plan_are_used_although_the_cheaper_one_is_charged(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("cheap")
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    held = await member.subscription()
    assert (held.plan_id, held.billed_plan_id) == (member.plans["middle"].id, member.plans["cheap"].id)
    assert held.access_until == member.end + 40 * DAY
    shop.clock.advance(41 * DAY)
    await shop.check(held.id)
    held = await member.subscription()
    assert (held.plan_id, held.billed_plan_id) == (member.plans["cheap"].id, None)
    assert held.access_until == member.end + 40 * DAY + PERIOD
    assert len(await shop.notified("plan_switched")) == 1
    assert await shop.alarms() == []


async def test_waiting_days_run_again_after_a_change_back(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    quote = await member.quote("middle")
    assert quote.time.again == 40 * DAY
    await member.confirm(quote)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", member.plans["middle"].price))
    held = await member.subscription()
    assert held.plan_id == member.plans["middle"].id
    assert held.access_until == member.end + PERIOD + 40 * DAY


async def test_refund_of_the_period_ends_the_dearer_plan_and_reports_the_difference(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    paid = next(event for event in shop.provider.sent.values() if event.amount == member.plans["middle"].price)
    back = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount": paid.amount}
    await shop.deliver(
        shop.provider.create_event(PaymentEventKind.REFUND, "refund", amount_refunded=paid.amount, **back)
    )
    assert await of_plan(member, "dear") is None
    rest = await of_plan(member, "middle")
    assert rest is not None
    assert rest.access_until == shop.clock.now() + 40 * DAY
    assert await shop.alarms() == ["difference_left"]


async def test_renewal_of_the_dearer_plan_is_charged_as_before(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", DEAR))
    assert (await member.subscription()).access_until == member.end + PERIOD


async def test_plan_set_at_the_provider_waits_for_a_postponed_charge(shop: Shop, member: Member):
    before = await member.subscription()
    dear = member.plans["dear"]
    moved_to = member.end + 10 * DAY
    shop.provider.change(
        "sub-1",
        price_ref=f"price-{dear.soft_id}",
        price=dear.price,
        current_period_start=shop.clock.now(),
        current_period_end=moved_to,
        charge_moved_to=moved_to,
    )
    snapshot = await shop.follow.fetch(before)
    assert snapshot is not None
    await shop.follow.apply(before.id, snapshot)
    held = await member.subscription()
    assert (held.plan_id, held.next_plan_id, held.next_plan_at) == (before.plan_id, dear.id, moved_to)
