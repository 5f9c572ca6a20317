"""Check that a plan change in the chat is charged once and as quoted: at once for a more expensive plan, at the renewal
for a cheaper one.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import CancelUndone
from subscriptions.application.subscriptions.offered_changes import BeingBought, NothingToChange, QuoteOutdated
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    ChargeDeclined,
    CheckoutState,
    GatewayRejected,
    GatewayUnavailable,
)
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.plan_member import CHEAP, DEAR, HALF, MIDDLE, Member, charged, member_of


@pytest.fixture
async def member(shop: Shop) -> Member:
    return await member_of(shop)


async def test_only_active_paid_plans_of_the_same_currency_and_interval_are_offered(shop: Shop, member: Member):
    await shop.plan(name="Sin precio")
    await shop.priced(name="Dólares", price=Money(999, "USD"))
    await shop.priced(name="Anual", interval=Interval.YEAR)
    await shop.priced(name="Oculto", active=False)
    offers = {offer.to_name: (offer.now, offer.renewal) for offer in await shop.changes.offers(member.to)}
    assert offers == {"Barato": (False, member.end), "Caro": (True, member.end)}


async def test_more_expensive_plan_starts_now_for_the_difference(shop: Shop, member: Member):
    quote = await member.quote("dear")
    assert (quote.due, quote.offer.now) == (Money(1000, "EUR"), True)
    await member.confirm(quote)
    await member.has("dear")
    (paid,) = charged(shop)
    assert paid.amount == quote.due
    await shop.deliver(paid)
    subscription = await member.subscription()
    assert subscription.access_until == member.end
    assert (await shop.status(member.to)).payments[0].amount == quote.due
    assert [len(await shop.notified(kind)) for kind in ("plan_switched", "change_paid")] == [1, 1]
    assert await shop.alarms() == []
    assert len(await shop.jobs("userbot.assign")) == 2
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", DEAR))
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_more_expensive_plan_is_not_offered_in_a_period_that_passes_uncharged_after_a_suspension(
    shop: Shop, member: Member
):
    """The difference would be charged for a period that the customer does not have, and their own days would wait."""
    shop.clock.advance(2 * PERIOD)
    subscription = await member.subscription()
    async with shop.units() as uow:
        subscription.current_period_start = shop.clock.now() - HALF
        subscription.current_period_end = subscription.upcoming_at = shop.clock.now() + HALF
        subscription.access_until = shop.clock.now() + PERIOD
        await uow.subscriptions.save(subscription)
        await uow.commit()
    assert [offer.to_name for offer in await shop.changes.offers(member.to)] == ["Barato"]
    subscription.charging_since = subscription.current_period_start
    async with shop.units() as uow:
        await uow.subscriptions.save(subscription)
        await uow.commit()
    assert [offer.to_name for offer in await shop.changes.offers(member.to)] == ["Barato", "Caro"]


async def test_plan_of_the_same_price_starts_now_for_free(shop: Shop, member: Member):
    member.plans["other"] = await shop.priced(price=MIDDLE, name="Otro")
    quote = await member.quote("other")
    assert (quote.due, quote.offer.now) == (Money(0, "EUR"), True)
    await member.confirm(quote)
    await member.has("other")
    assert charged(shop) == []


async def test_free_change_back_to_the_previous_plan_takes_effect_at_the_renewal(shop: Shop, member: Member):
    """A free change back at any time would give a customer all plans of one price for the price of one."""
    member.plans["other"] = await shop.priced(price=MIDDLE, name="Otro")
    await member.change("other")
    back = await member.quote("middle")
    assert (back.due, back.offer.now) == (Money(0, "EUR"), False)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    assert (await member.quote("middle")).offer.now


async def test_cheaper_plan_starts_at_the_renewal(shop: Shop, member: Member):
    quote = await member.quote("cheap")
    assert (quote.due, quote.offer.now) == (Money(0, "EUR"), False)
    done = await member.confirm(quote)
    assert (done.now, done.renewal) == (False, member.end)
    await member.has("middle")
    (view,) = (await shop.status(member.to)).live
    assert (view.next_plan, view.next_price, view.next_at) == ("Barato", CHEAP, member.end)
    assert len(await shop.notified("plan_switch_planned")) == 1
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    await member.has("cheap")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert (await shop.status(member.to)).live[0].next_plan is None
    assert await shop.notified("plan_switch_dropped") == []
    assert await shop.alarms() == []


async def test_upcoming_change_can_be_undone_and_requested_again(shop: Shop, member: Member):
    await member.change("cheap")
    await shop.changes.undo(member.to, member.plans["middle"].soft_id)
    assert (await member.subscription()).next_plan_id is None
    assert len(await shop.notified("plan_switch_dropped")) == 1
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    await member.has("middle")
    await member.change("cheap")
    assert len(await shop.notified("plan_switch_planned")) == 2


async def leave(shop: Shop, member: Member) -> None:
    """Cancel the subscription at a provider that then also drops the upcoming plan change."""
    shop.provider.change("sub-1", next_price_ref=None, next_price_at=None)
    await shop.cancel(member.to)


async def test_cancellation_drops_the_scheduled_change_without_a_message(shop: Shop, member: Member):
    await member.change("cheap")
    await leave(shop, member)
    subscription = await member.subscription()
    assert (subscription.status, subscription.coming_plan_id) == (SubscriptionStatus.CANCELED, None)
    assert await shop.notified("plan_switch_dropped") == []
    assert await shop.changes.offers(member.to) == []
    assert (await shop.status(member.to)).live[0].next_plan is None
    # The customer can buy the plan separately.
    await shop.start(member.to, member.plans["cheap"].soft_id)


async def test_undone_cancellation_restores_the_upcoming_change(shop: Shop, member: Member):
    await member.change("cheap")
    await leave(shop, member)
    await shop.undo(member.to)
    assert shop.provider.subscriptions["sub-1"].next_price_ref == f"price-{member.plans['cheap'].soft_id}"
    subscription = await member.subscription()
    assert subscription.coming_plan_id == member.plans["cheap"].id
    async with shop.units() as uow:
        reported = await CancelUndone.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert reported is not None
    assert (reported.word, reported.next_plan, reported.next_amount) == ("changing", "Barato", CHEAP)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    await member.has("cheap")
    assert await shop.notified("plan_switch_dropped") == []


@pytest.mark.parametrize("undone", ["at the provider", "with a price that is none any more"])
async def test_customer_is_notified_if_an_upcoming_change_is_lost_by_an_undone_cancellation(
    shop: Shop, member: Member, undone: str
):
    await member.change("cheap")
    await leave(shop, member)
    if undone == "at the provider":
        await shop.provider.resume_subscription("sub-1")
        await shop.deliver(shop.provider.updated("sub-1"))
    else:
        shop.provider.errors += [None, GatewayRejected("acme", "another price", code="price_mismatch")]
        await shop.undo(member.to)
    assert (await member.subscription()).next_plan_id is None
    assert len(await shop.notified("plan_switch_dropped")) == 1


@pytest.mark.parametrize("to", ["dear", "cheap"])
async def test_repeated_confirmation_changes_the_plan_once(shop: Shop, member: Member, to):
    quote = await member.quote(to)
    first = await member.confirm(quote)
    again = await member.confirm(quote)
    assert (first.to_name, first.now, first.renewal) == (again.to_name, again.now, again.renewal)
    assert len(charged(shop)) == (to == "dear")
    kind = "plan_switched" if to == "dear" else "plan_switch_planned"
    assert len(await shop.notified(kind)) == 1
    subscription = await member.subscription()
    async with shop.units() as uow:
        assert len(await uow.subscriptions.changes_of(subscription.id)) == (to == "dear")


async def test_plan_change_interrupted_after_the_providers_answer_is_charged_once(shop: Shop, member: Member):
    """The provider's answer was not stored, and the same confirmation arrives again."""
    quote = await member.quote("dear")
    shop.provider.errors += [None, GatewayUnavailable("acme", "gone")]
    with pytest.raises(GatewayUnavailable):
        await member.confirm(quote)
    shop.clock.advance(timedelta(minutes=1))
    await member.confirm(quote)
    await member.has("dear")
    assert len(charged(shop)) == 1


async def test_declined_charge_does_not_change_the_plan(shop: Shop, member: Member):
    shop.provider.declines = True
    with pytest.raises(ChargeDeclined):
        await member.change("dear")
    await member.has("middle")
    assert await shop.notified("plan_switched") == []
    shop.provider.declines = False
    shop.clock.advance(timedelta(minutes=1))
    await member.change("dear")
    await member.has("dear")


async def test_outdated_quote_is_not_charged(shop: Shop, member: Member):
    quote = await member.quote("dear")
    shop.clock.advance(timedelta(minutes=16))
    with pytest.raises(QuoteOutdated):
        await member.confirm(quote)
    ahead = dataclasses.replace(quote, as_of=shop.clock.now() + timedelta(minutes=1))
    with pytest.raises(QuoteOutdated):
        await member.confirm(ahead)
    await member.has("middle")


@pytest.mark.parametrize(
    "state", ["canceled", "past due", "barred", "has it already", "somebody else's", "not on offer"]
)
async def test_impossible_change_is_refused_without_a_charge(shop: Shop, member: Member, state):
    quote = await member.quote("dear")
    ana, dear = member.customer, member.plans["dear"]
    who = member.to
    if state == "canceled":
        await shop.cancel(who)
    elif state == "past due":
        await shop.deliver(shop.provider.fail_renewal("sub-1"))
    elif state == "barred":
        ana.barred_at = shop.clock.now()
        async with shop.units() as uow:
            await uow.customers.save(ana)
            await uow.commit()
    elif state == "has it already":
        _, session = await shop.checkout(ana, dear)
        await shop.deliver(*shop.provider.pay(session))
    elif state == "somebody else's":
        who = (await shop.customer()).telegram_id
    else:
        dear.active = False
        await shop.change_plan(dear)
    with pytest.raises(NothingToChange):
        await shop.changes(who, quote.offer.subscription, dear.soft_id, quote.as_of)
    assert charged(shop) == []


@pytest.mark.parametrize("to", ["cheap", "dear"])
async def test_change_to_a_plan_whose_purchase_the_bank_confirms_is_refused(shop: Shop, member: Member, to):
    quote = await member.quote(to)
    _, session = await shop.checkout(member.customer, member.plans[to])
    shop.provider.says[session] = CheckoutState(paid=False, expired=False, event=None, pending=True)
    with pytest.raises(BeingBought):
        await member.quote(to)
    with pytest.raises(BeingBought):
        await member.confirm(quote)
    assert charged(shop) == []
    assert (await member.subscription()).next_plan_id is None
    shop.provider.says[session] = None
    await member.confirm(quote)


@pytest.mark.parametrize(("to", "open_before"), [("cheap", {"cheap"}), ("dear", {"dear"})])
async def test_open_checkouts_of_the_new_plan_are_closed_before_the_change(shop: Shop, member: Member, to, open_before):
    sessions = {name: (await shop.checkout(member.customer, member.plans[name]))[1] for name in ("cheap", "dear")}
    await member.change(to)
    async with shop.units() as uow:
        orders = await uow.orders.open_of(member.customer.id)
    assert {order.plan_id for order in orders} == {
        member.plans[name].id for name in sessions if name not in open_before
    }
    await shop.close_what_is_open()
    assert {name for name, session in sessions.items() if session in shop.provider.closed} == open_before


async def test_no_plan_change_is_offered_once_a_second_plan_was_bought_separately(shop: Shop, member: Member):
    await member.change("cheap")
    await leave(shop, member)
    _, session = await shop.checkout(member.customer, member.plans["dear"])
    await shop.deliver(*shop.provider.pay(session))
    assert await shop.changes.offers(member.to) == [], "two would be one plan, charged twice"


async def test_quote_of_a_plan_change_includes_the_renewal_that_the_provider_calculates(shop: Shop, member: Member):
    assert (await member.quote("dear")).first_renewal == DEAR
    shop.provider.charges["sub-1"] = Money(3999, "EUR")
    assert (await member.quote("dear")).first_renewal == Money(3999, "EUR")
