"""Another plan: dearer at once, cheaper at the renewal, from our side or the provider's, told in any order."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from subscriptions.application.handlers.change_plan import NothingToChange, QuoteOutdated
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind, Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    ChargeDeclined,
    GatewayUnavailable,
    PaymentEventKind,
    PlanChangeRequest,
)
from subscriptions.domain.ports.webhook_inbox import InboxStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

CHEAP, MIDDLE, DEAR = Money(1999, "EUR"), Money(2999, "EUR"), Money(4999, "EUR")
HALF = PERIOD / 2


class Member:
    """Somebody with a subscription to the middle one of three plans, half a period in."""

    def __init__(self, shop: Shop, customer, plans: dict[str, ServicePlan]) -> None:
        self.shop, self.customer, self.plans = shop, customer, plans
        self.end: datetime

    @property
    def to(self):
        return self.customer.telegram_id

    async def subscription(self) -> Subscription:
        async with self.shop.units() as uow:
            found = [item for item in await uow.subscriptions.of_customer(self.customer.id) if item.live]
        assert len(found) == 1
        return found[0]

    async def channel(self):
        async with self.shop.units() as uow:
            accesses = await uow.accesses.of_customer(self.customer.id)
            assert len(accesses) == 1
            return await uow.channels.get(accesses[0].channel_id)

    async def quote(self, to: str):
        subscription = (await self.subscription()).id.hex[:8].upper()
        return await self.shop.changes.quote(self.to, subscription, self.plans[to].soft_id)

    async def confirm(self, quote):
        offer = quote.offer
        return await self.shop.changes(self.to, offer.subscription, offer.to_soft_id, quote.as_of)

    async def change(self, to: str):
        return await self.confirm(await self.quote(to))

    async def has(self, name: str) -> None:
        """The subscription and the one channel are for this plan, and nothing was ended."""
        subscription, channel, plan = await self.subscription(), await self.channel(), self.plans[name]
        assert (subscription.plan_id, subscription.price) == (plan.id, plan.price)
        assert subscription.status is SubscriptionStatus.ACTIVE
        assert (channel.plan_id, channel.subscription_id) == (plan.id, subscription.id)
        assert plan.name in channel.title
        async with self.shop.units() as uow:
            (access,) = await uow.accesses.of_customer(self.customer.id)
            assert access.status is AccessStatus.ACTIVE


@pytest.fixture
async def member(shop: Shop) -> Member:
    plans = {
        "cheap": await shop.priced(price=CHEAP, name="Barato"),
        "middle": await shop.priced(price=MIDDLE, name="Medio"),
        "dear": await shop.priced(price=DEAR, name="Caro"),
    }
    ana = Member(shop, await shop.customer(), plans)
    _, session = await shop.checkout(ana.customer, plans["middle"])
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.customer.id)
        access.status, access.joined_at = AccessStatus.ACTIVE, shop.clock.now()
        await uow.accesses.save(access)
        await uow.commit()
    ana.end = shop.clock.now() + PERIOD
    shop.clock.advance(HALF)
    return ana


def charged(shop: Shop):
    """What the changes so far charged."""
    return [event for event in shop.provider.changes.values() if event is not None]


async def test_what_is_offered(shop: Shop, member: Member):
    await shop.plan(name="Sin precio")
    await shop.priced(name="Dólares", price=Money(999, "USD"))
    await shop.priced(name="Anual", interval=Interval.YEAR)
    await shop.priced(name="Oculto", active=False)
    offers = {offer.to_name: (offer.now, offer.renewal) for offer in await shop.changes.offers(member.to)}
    assert offers == {"Barato": (False, member.end), "Caro": (True, member.end)}


async def test_a_dearer_plan_begins_now_for_the_difference(shop: Shop, member: Member):
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
    assert [len(await shop.told(kind)) for kind in ("plan_switched", "change_paid")] == [1, 1]
    assert await shop.alarms() == []
    assert len(await shop.jobs("userbot.assign")) == 2
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", DEAR))
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_a_plan_of_the_same_price_begins_now_for_nothing(shop: Shop, member: Member):
    member.plans["other"] = await shop.priced(price=MIDDLE, name="Otro")
    quote = await member.quote("other")
    assert (quote.due, quote.offer.now) == (Money(0, "EUR"), True)
    await member.confirm(quote)
    await member.has("other")
    assert charged(shop) == []


async def test_going_back_and_forth_for_nothing_waits_for_the_renewal(shop: Shop, member: Member):
    """Otherwise all plans of one price would be had for the price of one."""
    member.plans["other"] = await shop.priced(price=MIDDLE, name="Otro")
    await member.change("other")
    back = await member.quote("middle")
    assert (back.due, back.offer.now) == (Money(0, "EUR"), False)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    assert (await member.quote("middle")).offer.now


async def test_a_cheaper_plan_begins_at_the_renewal(shop: Shop, member: Member):
    quote = await member.quote("cheap")
    assert (quote.due, quote.offer.now) == (Money(0, "EUR"), False)
    done = await member.confirm(quote)
    assert (done.now, done.renewal) == (False, member.end)
    await member.has("middle")
    (view,) = (await shop.status(member.to)).live
    assert (view.next_plan, view.next_price, view.next_at) == ("Barato", CHEAP, member.end)
    assert len(await shop.told("plan_switch_planned")) == 1
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", CHEAP))
    await member.has("cheap")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert (await shop.status(member.to)).live[0].next_plan is None
    assert await shop.told("plan_switch_dropped") == []
    assert await shop.alarms() == []


async def test_a_coming_change_is_taken_back(shop: Shop, member: Member):
    await member.change("cheap")
    await shop.changes.undo(member.to, member.plans["middle"].soft_id)
    assert (await member.subscription()).next_plan_id is None
    assert len(await shop.told("plan_switch_dropped")) == 1
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    await member.has("middle")
    await member.change("cheap")
    assert len(await shop.told("plan_switch_planned")) == 2


async def test_leaving_ends_a_coming_change_without_a_word_of_its_own(shop: Shop, member: Member):
    await member.change("cheap")
    shop.provider.change("sub-1", next_price_ref=None, next_price_at=None)
    await shop.cancel(member.to)
    subscription = await member.subscription()
    assert (subscription.status, subscription.next_plan_id) == (SubscriptionStatus.CANCELED, None)
    assert await shop.told("plan_switch_dropped") == []
    assert await shop.changes.offers(member.to) == []


@pytest.mark.parametrize("to", ["dear", "cheap"])
async def test_pressing_twice_changes_once(shop: Shop, member: Member, to):
    quote = await member.quote(to)
    first = await member.confirm(quote)
    again = await member.confirm(quote)
    assert (first.to_name, first.now, first.renewal) == (again.to_name, again.now, again.renewal)
    assert len(charged(shop)) == (to == "dear")
    kind = "plan_switched" if to == "dear" else "plan_switch_planned"
    assert len(await shop.told(kind)) == 1
    subscription = await member.subscription()
    async with shop.units() as uow:
        assert len(await uow.subscriptions.changes_of(subscription.id)) == (to == "dear")


async def test_a_crash_after_the_provider_answered_charges_once(shop: Shop, member: Member):
    """The answer was not written down: the same press comes again."""
    quote = await member.quote("dear")
    shop.provider.errors += [None, GatewayUnavailable("acme", "gone")]
    with pytest.raises(GatewayUnavailable):
        await member.confirm(quote)
    shop.clock.advance(timedelta(minutes=1))
    await member.confirm(quote)
    await member.has("dear")
    assert len(charged(shop)) == 1


async def test_a_declined_charge_changes_nothing(shop: Shop, member: Member):
    shop.provider.declines = True
    with pytest.raises(ChargeDeclined):
        await member.change("dear")
    await member.has("middle")
    assert await shop.told("plan_switched") == []
    shop.provider.declines = False
    shop.clock.advance(timedelta(minutes=1))
    await member.change("dear")
    await member.has("dear")


async def test_an_old_price_is_not_charged(shop: Shop, member: Member):
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
async def test_what_cannot_be_changed(shop: Shop, member: Member, state):
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


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_told_in_any_order(shop: Shop, member: Member, order):
    """From the provider's side: its own events alone, the difference, the update, and the next renewal."""
    request = dataclasses.replace(_request(member, "dear"), as_of=shop.clock.now())
    await shop.provider.change_plan(request)
    (paid,) = charged(shop)
    updated = shop.provider.updated("sub-1")
    shop.clock.advance(HALF)
    events = [paid, updated, shop.provider.renew("sub-1", DEAR)]
    await shop.deliver(*(events[index] for index in order))
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert len(await shop.told("plan_switched")) == 1
    assert await shop.alarms() == []


def _request(member: Member, to: str):
    plan = member.plans[to]
    return PlanChangeRequest(
        subscription_ref="sub-1",
        price_ref=f"price-{plan.soft_id}",
        amount=plan.price,
        at_renewal=False,
        as_of=member.shop.clock.now(),
        interval=Interval.MONTH,
        interval_count=1,
        idempotency_key="elsewhere",
    )


async def test_a_payment_at_the_price_before_still_counts_when_it_comes_late(shop: Shop, member: Member):
    shop.clock.advance(HALF)
    late = shop.provider.renew("sub-1", MIDDLE)
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.clock.advance(timedelta(days=1))
    subscription = (await member.subscription()).id.hex[:8].upper()
    quote = await shop.changes.quote(member.to, subscription, member.plans["dear"].soft_id)
    await member.confirm(quote)
    entry = (await shop.deliver(late))[0]
    assert entry.note == "counted"
    assert (await member.subscription()).access_until == member.end + PERIOD


async def test_a_renewal_that_settles_a_change_along_with_it_counts(shop: Shop, member: Member):
    """Somebody changed it at the provider, where the difference waits for the next invoice."""
    dear = member.plans["dear"]
    shop.provider.change("sub-1", price_ref=f"price-{dear.soft_id}", price=DEAR)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", Money(5999, "EUR"), regular=DEAR))
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_a_price_of_no_plan_is_not_followed_and_a_person_is_told(shop: Shop, member: Member):
    shop.provider.prices["price-x"] = DEAR
    shop.provider.change("sub-1", price_ref="price-x", price=DEAR)
    await shop.deliver(shop.provider.updated("sub-1"), shop.provider.updated("sub-1"))
    await member.has("middle")
    assert await shop.alarms() == ["unknown_price"]
    await shop.price(member.plans["dear"], "price-x")
    await shop.deliver(shop.provider.updated("sub-1"))
    await member.has("dear")


async def test_a_plan_somebody_has_already_is_not_followed(shop: Shop, member: Member):
    dear = member.plans["dear"]
    _, session = await shop.checkout(member.customer, dear)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", price_ref=f"price-{dear.soft_id}", price=DEAR)
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await shop.alarms() == ["plan_change_conflict"]
    async with shop.units() as uow:
        mine = {item.plan_id for item in await uow.subscriptions.of_customer(member.customer.id)}
    assert mine == {dear.id, member.plans["middle"].id}


async def test_a_new_price_of_the_plan_leaves_who_has_it_alone(shop: Shop, member: Member):
    """Their price object is the old one, and no plan's any more."""
    middle = member.plans["middle"]
    middle.price = Money(3999, "EUR")
    await shop.change_plan(middle)
    await shop.price(middle, "price-new")
    await shop.deliver(shop.provider.updated("sub-1"))
    assert (await member.subscription()).price == MIDDLE
    assert await shop.alarms() == []
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    assert (await member.subscription()).access_until == member.end + PERIOD


async def test_who_is_moved_to_the_new_price_of_the_plan_pays_it(shop: Shop, member: Member):
    middle = member.plans["middle"]
    middle.price = Money(3999, "EUR")
    await shop.change_plan(middle)
    await shop.price(middle, "price-new")
    shop.provider.change("sub-1", price_ref="price-new", price=middle.price)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", middle.price))
    subscription = await member.subscription()
    assert (subscription.price, subscription.access_until) == (middle.price, member.end + PERIOD)
    assert await shop.told("plan_switched") == []


async def test_the_difference_given_back_ends_nothing(shop: Shop, member: Member):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(paid)
    back = shop.provider.tell(
        PaymentEventKind.REFUND,
        "refund.created",
        payment_key="re-1",
        about_payment=paid.payment_key,
        amount_refunded=paid.amount,
        subscription_ref="sub-1",
    )
    await shop.deliver(back)
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end
    assert await shop.jobs("core.stop_billing") == []
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 10)
    assert [item.status for item in payments if item.amount == paid.amount] == [PaymentStatus.REFUNDED]


async def test_the_money_of_the_plan_given_back_ends_it_whatever_it_is_by_then(shop: Shop, member: Member):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(paid)
    back = shop.provider.tell(
        PaymentEventKind.REFUND,
        "refund.created",
        payment_key="re-1",
        about_payment="in-1",
        amount_refunded=MIDDLE,
        order_id=paid.order_id,
    )
    entry = (await shop.deliver(back))[0]
    assert entry.status is InboxStatus.APPLIED
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(member.customer.id)
    assert access.status is AccessStatus.REVOKING


async def test_a_difference_of_more_than_a_period_is_set_aside(shop: Shop, member: Member):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(dataclasses.replace(paid, amount=Money(5000, "EUR")))
    assert await shop.alarms() == ["amount_mismatch"]


async def test_a_channel_kept_from_an_earlier_time_gives_way(shop: Shop, member: Member):
    """There is one channel per plan: the customer stays where they are, and the kept one stays kept."""
    ana, dear, middle = member.customer, member.plans["dear"], member.plans["middle"]
    _, session = await shop.checkout(ana, dear)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.end("sub-2")
    shop.clock.advance(HALF - timedelta(hours=1))
    async with shop.units() as uow:
        kept = await uow.channels.personal_of(ana.id, dear.id)
        sub = await uow.subscriptions.by_provider_ref("acme", "sub-2", lock=True)
        assert kept is not None
        assert sub is not None
        sub.end("period_over", shop.clock.now())
        await uow.subscriptions.save(sub)
        mine = await uow.channels.personal_of(ana.id, middle.id)
        await uow.commit()
    assert mine is not None
    await member.change("dear")
    async with shop.units() as uow:
        now_dear, now_middle = (
            await uow.channels.personal_of(ana.id, dear.id),
            await uow.channels.personal_of(ana.id, middle.id),
        )
    assert now_dear is not None
    assert now_middle is not None
    assert (now_dear.id, now_middle.id) == (mine.id, kept.id)
    assert "Caro" in now_dear.title


async def test_a_plan_for_the_shared_channel_is_none_to_change_to(shop: Shop, member: Member):
    await shop.priced(access=AccessKind.VIP_CHANNEL, name="VIP")
    assert "VIP" not in {offer.to_name for offer in await shop.changes.offers(member.to)}


async def test_who_had_a_plan_has_no_second_trial_of_it(shop: Shop, member: Member):
    await member.change("dear")
    middle = member.plans["middle"]
    middle.trial_days = 7
    await shop.change_plan(middle)
    view = await shop.start(member.to, middle.soft_id)
    assert (await shop.order(view.reference)).trial_days == 0
