"""Check that a plan change leaves every day on the plan that it was bought or granted for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.screens import notices
from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import RefundedMessage
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.views.amounts import format_amount
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import charge_policy
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
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


async def test_charged_plan_follows_own_days_although_the_seller_changed_its_price(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("cheap")
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    shop.provider.change("sub-1", price_ref="price-of-the-dashboard", price=Money(599, "EUR"))
    shop.clock.advance(41 * DAY)
    await shop.check((await member.subscription()).id)
    held = await member.subscription()
    assert (held.plan_id, held.billed_plan_id) == (member.plans["cheap"].id, None)
    assert held.access_until == member.end + 40 * DAY + PERIOD
    assert await shop.alarms() == ["unknown_price"]


async def test_third_plan_agreed_while_own_days_are_used_is_announced_once(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("cheap")
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    agreed_at = shop.provider.subscriptions["sub-1"].current_period_end
    shop.provider.change("sub-1", next_price_ref=f"price-{member.plans['dear'].soft_id}", next_price_at=agreed_at)
    announced = len(await shop.notified("plan_switch_planned"))
    for _ in range(3):
        shop.clock.advance(DAY)
        held = await member.subscription()
        snapshot = await shop.follow.fetch(held)
        assert snapshot is not None
        await shop.follow.apply(held, snapshot)
    held = await member.subscription()
    assert (held.next_plan_id, held.next_plan_at) == (member.plans["dear"].id, agreed_at)
    assert len(await shop.notified("plan_switch_planned")) == announced + 1


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
    await shop.follow.apply(before, snapshot)
    held = await member.subscription()
    assert (held.plan_id, held.next_plan_id, held.next_plan_at) == (before.plan_id, dear.id, moved_to)


async def test_waiting_days_are_listed_in_every_interface(shop: Shop, member: Member):
    """The days of the middle plan wait while the more expensive one renews, and begin once it is canceled and over."""
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    olga = await shop.customer(staff_role=StaffRole.SUPPORT)
    see = SeeCustomers(shop.units, shop.gateways, StaffDesk(shop.units, shop.clock), shop.policy)
    entitlements = CheckEntitlement(shop.units, shop.clock, shop.policy)

    async def listed() -> list[tuple[str, int, datetime | None]]:
        (view,) = (await shop.status(member.to)).live
        card = await see.card(olga.telegram_id, member.customer.id)
        _, (current, *_) = await entitlements.customer(member.to)
        assert card is not None
        assert view.waiting == card.live[0].waiting == current.waiting
        return [(each.soft_id, each.days, each.begins) for each in view.waiting]

    middle = member.plans["middle"].soft_id
    assert await listed() == [(middle, 40, None)]
    shop.provider.change("sub-1", cancel_at_period_end=True)
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await listed() == [(middle, 40, member.end)]
    await member.shop.check((await member.subscription()).id)
    shop.clock.advance(HALF)
    shop.provider.change("sub-1", status=ProviderStatus.ENDED)
    await shop.check((await member.subscription()).id)
    assert (await member.subscription()).plan_id == member.plans["middle"].id
    assert await listed() == [], "they run"


async def test_waiting_days_begin_with_an_agreed_change_to_their_plan(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    await member.change("middle")
    (view,) = (await shop.status(member.to)).live
    held = await member.subscription()
    assert held.next_plan_at is not None
    assert [(each.days, each.begins) for each in view.waiting] == [(40, held.next_plan_at)]


async def test_days_of_several_plans_wait_for_each_other(shop: Shop, member: Member):
    """The days of the cheap plan run after those of the middle one, which is more expensive."""
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    held = await member.subscription()
    async with shop.units() as uow:
        waits = LedgerEntry(
            subscription_id=held.id,
            kind=LedgerKind.TOKEN,
            source_key="given:cheap",
            starts_at=shop.clock.now(),
            length=5 * DAY,
            plan_id=member.plans["cheap"].id,
            created_at=shop.clock.now(),
        )
        await uow.write(LEDGER).add_if_new(waits)
        await uow.commit()
    shop.provider.change("sub-1", cancel_at_period_end=True)
    await shop.deliver(shop.provider.updated("sub-1"))
    (view,) = (await shop.status(member.to)).live
    assert [(each.soft_id, each.days, each.begins) for each in view.waiting] == [
        (member.plans["middle"].soft_id, 40, member.end),
        (member.plans["cheap"].soft_id, 5, member.end + 40 * DAY),
    ]


async def test_refund_preview_and_message_name_the_difference_that_is_left(shop: Shop, member: Member):
    """The alarm about the difference closes once the difference is refunded."""
    await member.change("dear")
    await shop.deliver(*charged(shop))
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 10)
    paid = next(each for each in payments if each.amount == member.plans["middle"].price)
    difference = next(each for each in payments if each.id != paid.id)
    staff = Staff(shop)
    effect = await staff.run.preview(SHELL, "refund", str(paid.id), {"reason": "motivo", "amount": ""})
    assert effect is not None
    assert (effect.names, effect.facts["difference"]) == (
        ("ends", "difference_left"),
        f"{difference.amount.plain} {difference.amount.currency}",
    )
    alone = await staff.run.preview(SHELL, "refund", str(difference.id), {"reason": "motivo", "amount": ""})
    assert alone is not None
    assert alone.names == ("time_stays",)

    async def give_back(payment: Payment, key: str) -> RefundedMessage:
        facts = {"about_payment": payment.payment_key, "amount": payment.amount, "amount_refunded": payment.amount}
        await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", payment_key=key, **facts))
        async with shop.units() as uow:
            (refund,) = await uow.reversals.refunds_of(payment.id)
            message = await RefundedMessage.load(Sources(uow, shop.policy, shop.clock.now()), refund.id)
        assert message is not None
        return message

    message = await give_back(paid, "re-1")
    assert message.difference_left == difference.amount
    assert format_amount(difference.amount, "es") in notices.render(message, "es").text
    assert await shop.alarms() == ["difference_left"]
    message = await give_back(difference, "re-2")
    assert message.difference_left is None


async def test_removal_names_the_waiting_days_that_end_and_ends_them(shop: Shop, member: Member):
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    staff, held = Staff(shop), await member.subscription()
    effect = await staff.run.preview(SHELL, "remove", str(held.id), {"reason": "motivo"})
    assert effect is not None
    assert (effect.name, effect.facts) == ("waiting_ends", {"days": 40, "plans": member.plans["middle"].name})
    await staff(SHELL, "remove", held.id, reason="motivo")
    assert await of_plan(member, "middle") is None
    assert await shop.notified("waiting_time_began") == []


async def test_removal_without_waiting_days_has_no_preview(shop: Shop, member: Member):
    held = await member.subscription()
    assert await Staff(shop).run.preview(SHELL, "remove", str(held.id), {"reason": "motivo"}) is None


async def test_blocked_customer_keeps_the_days_that_wait(shop: Shop, member: Member):
    """Existing subscriptions of a blocked customer continue, and so do the days behind them."""
    await give(member, 40)
    await member.change("dear")
    await shop.deliver(*charged(shop))
    await Staff(shop)(SHELL, "block", member.customer.id, reason="motivo")
    shop.clock.advance(HALF)
    shop.provider.change("sub-1", status=ProviderStatus.ENDED)
    await shop.check((await member.subscription()).id)
    rest = await of_plan(member, "middle")
    assert rest is not None
    assert rest.access_until == shop.clock.now() + 40 * DAY
