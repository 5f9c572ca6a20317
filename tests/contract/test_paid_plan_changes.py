"""The credit of a one-time plan moves to another plan once and free of charge, with the same results in memory and in
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.subscriptions.offered_changes import NothingToChange, QuoteOutdated
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import AccessKind, Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.remainder_policy import Remainder
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.paid_member import DAY, PRICE, PaidMember, paid_member

__all__ = ["database"]

HOUR = timedelta(hours=1)
USED = 18 * DAY
LEFT = Money(1160, "EUR")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database, pool_size=30)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def ana(shop: Shop) -> PaidMember:
    """Create a member who has used eighteen of thirty days."""
    member = await paid_member(shop)
    shop.clock.advance(USED)
    return member


async def test_change_to_a_more_expensive_plan_shortens_access_and_keeps_the_channel(
    shop: Shop, ana: PaidMember
) -> None:
    ((channel, _),) = await ana.rooms()
    quote = await ana.quote("dear")
    end = shop.clock.now() + 7 * DAY
    assert quote.remainder == Remainder(time=12 * DAY, credit=LEFT, length=7 * DAY, end=end)
    assert (quote.due, quote.page) == (Money(0, "EUR"), None)
    await ana.confirm(quote)
    subscription = await ana.subscription()
    assert (subscription.plan_id, subscription.price) == (ana.plans["dear"].id, ana.plans["dear"].price)
    assert (subscription.access_until, subscription.status) == (end, SubscriptionStatus.ACTIVE)
    ((now, access),) = await ana.rooms()
    assert (now.id, now.plan_id, now.subscription_id) == (channel.id, subscription.plan_id, subscription.id)
    assert "Dear" in now.title
    assert (access.status, access.ends_at) == (AccessStatus.ACTIVE, end)
    (view,) = (await shop.status(ana.to)).live
    assert (view.soft_id, view.access_until, view.renews, view.renewable) == ("dear", end, False, True)
    assert [payment.amount for payment in (await shop.status(ana.to)).payments] == [PRICE]
    assert len(await shop.notified("plan_switched")) == 1
    assert await shop.alarms() == []


async def test_change_to_cheaper_plan_lengthens_access_without_refund(shop: Shop, ana: PaidMember) -> None:
    await ana.change("cheap")
    assert (await ana.subscription()).access_until == shop.clock.now() + 24 * DAY
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(ana.customer.id, 10)
        assert await uow.reversals.refunds_of(payment.id) == []
        assert [item.amount for item in await uow.receipts.of_customer(ana.customer.id, 10)] == [PRICE]


async def test_time_bought_after_the_plan_change_extends_the_new_plan(shop: Shop, ana: PaidMember) -> None:
    await ana.change("dear")
    end = (await ana.subscription()).access_until
    assert end is not None
    await shop.deliver(await ana.buys("dear"))
    assert (await ana.subscription()).access_until == end + 30 * DAY
    assert len(await ana.rooms()) == 1
    assert await shop.alarms() == []


async def test_payment_reported_after_the_plan_change_extends_the_credited_time(shop: Shop, ana: PaidMember) -> None:
    """The payment page is paid before the plan change, and the webhook arrives after the change."""
    paid = await ana.buys("dear")
    shop.clock.advance(HOUR)
    quote = await ana.quote("dear")
    assert quote.remainder is not None
    await ana.confirm(quote)
    await shop.deliver(paid)
    assert (await ana.subscription()).access_until == quote.remainder.end + 30 * DAY
    assert await shop.alarms() == []


async def test_late_payment_for_the_old_plan_creates_a_second_subscription(shop: Shop, ana: PaidMember) -> None:
    paid = await ana.buys("middle")
    await ana.change("dear")
    await shop.deliver(paid)
    held = {item.plan_id: item.access_until for item in await ana.live()}
    assert held == {
        ana.plans["dear"].id: shop.clock.now() + 7 * DAY,
        ana.plans["middle"].id: shop.clock.now() + 30 * DAY,
    }
    assert len({channel.plan_id for channel, _ in await ana.rooms()}) == 2


async def test_change_to_a_plan_that_already_has_a_channel_swaps_the_channels_of_both_plans(
    shop: Shop, ana: PaidMember
) -> None:
    """A customer has one channel per plan."""
    await shop.deliver(await ana.buys("dear"))
    shop.clock.advance(31 * DAY)
    (ended,) = [item for item in await ana.live() if item.plan_id == ana.plans["dear"].id]
    async with shop.units() as uow:
        held = await uow.subscriptions.get(ended.id, lock=True)
        assert held is not None
        held.end("period_over", shop.clock.now())
        await uow.subscriptions.save(held)
        await uow.commit()
    await shop.deliver(await ana.buys("middle"))
    before = {channel.id: channel.plan_id for channel, _ in await ana.rooms()}
    await ana.change("dear")
    after = {channel.id: channel.plan_id for channel, _ in await ana.rooms()}
    assert len(before) == 2
    assert {before[key]: after[key] for key in before} == {
        ana.plans["middle"].id: ana.plans["dear"].id,
        ana.plans["dear"].id: ana.plans["middle"].id,
    }


async def test_payment_already_credited_in_a_plan_change_is_not_credited_again(shop: Shop, ana: PaidMember) -> None:
    await ana.change("cheap")
    (moved,) = await ana.moved()
    async with shop.units() as uow:
        assert not await uow.ledger.add_if_new(replace(moved, id=None, starts_at=shop.clock.now() + HOUR, length=DAY))
    shop.clock.advance(DAY)
    assert await shop.changes.offers(ana.to) == []
    with pytest.raises(NothingToChange):
        await ana.quote("dear")
    # A later payment may be credited once it is the only one that still runs.
    await shop.deliver(await ana.buys("cheap"))
    assert await shop.changes.offers(ana.to) == []
    shop.clock.advance(24 * DAY)
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"middle", "dear"}


async def test_second_confirmation_does_not_change_the_plan_again(shop: Shop, ana: PaidMember) -> None:
    quote = await ana.quote("dear")
    await ana.confirm(quote)
    shop.clock.advance(HOUR / 4)
    assert (await ana.confirm(quote)).to_name == "Dear"
    assert len(await ana.moved()) == len(await ana.switched()) == len(await shop.notified("plan_switched")) == 1


async def test_quote_is_honored_until_its_expiry(shop: Shop, ana: PaidMember) -> None:
    quote = await ana.quote("dear")
    shop.clock.advance(timedelta(minutes=14))
    await ana.confirm(quote)
    assert quote.remainder is not None
    assert (await ana.subscription()).access_until == quote.remainder.end


@pytest.mark.parametrize("why", ["too late", "edited", "another price by that method"])
async def test_outdated_quote_is_refused(shop: Shop, ana: PaidMember, why: str) -> None:
    quote = await ana.quote("dear")
    shop.clock.advance(timedelta(minutes=16 if why == "too late" else 1))
    if why == "edited":
        await shop.change_plan(replace(ana.plans["dear"], price=PRICE, updated_at=shop.clock.now()))
    if why == "another price by that method":
        await shop.charges("coins", ana.plans["dear"], Money(9900, "EUR"))
    with pytest.raises(QuoteOutdated):
        await ana.confirm(quote)
    assert await ana.moved() == await ana.switched() == []


async def test_plan_change_credit_uses_the_new_plans_price_for_the_payment_method(shop: Shop, ana: PaidMember) -> None:
    await shop.charges("coins", ana.plans["dear"], PRICE)
    quote = await ana.quote("dear")
    assert quote.remainder is not None
    assert quote.remainder.length == 12 * DAY
    await shop.charges("coins", ana.plans["dear"], Money(2900, "USD"))
    with pytest.raises(NothingToChange):
        await ana.quote("dear")


async def test_plan_change_credit_uses_the_payment_method_of_the_credited_payment(shop: Shop, ana: PaidMember) -> None:
    """Later time may be bought with another payment method than the first."""
    await shop.charges("coins", ana.plans["dear"], PRICE)
    held = await ana.subscription()
    async with shop.units() as uow:
        began = await uow.subscriptions.get(held.id, lock=True)
        assert began is not None
        began.provider = "acme"
        await uow.subscriptions.save(began)
        await uow.commit()
    quote = await ana.quote("dear")
    assert quote.remainder is not None
    assert quote.remainder.length == 12 * DAY


async def test_only_active_one_time_plans_of_equal_currency_length_and_channel_type_are_offered(
    shop: Shop, ana: PaidMember
) -> None:
    once = {"recurring": False, "interval": None, "duration_days": 30}
    await shop.plan(name="Dólares", price=Money(999, "USD"), **once)
    await shop.plan(name="Mes")
    await shop.plan(name="Gratis", price=Money(0, "EUR"), **once)
    await shop.plan(name="Oculto", active=False, **once)
    await shop.plan(name="VIP", access=AccessKind.VIP_CHANNEL, **once)
    await shop.plan(name="Año", **(once | {"duration_days": 365}))
    await shop.plan(name="Siempre", **(once | {"duration_days": 36_500}))
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"dear", "cheap"}
    await shop.deliver(await ana.buys("dear"))
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"cheap"}


async def test_only_plans_as_long_as_the_purchased_plan_are_offered(shop: Shop, ana: PaidMember) -> None:
    """The remaining duration of the old plan is irrelevant."""
    once = {"recurring": False, "interval": None}
    await shop.plan(name="Año", soft_id="year", **once, duration_days=365)
    await shop.plan(name="Largo", soft_id="longer", **once, duration_days=31)
    await shop.change_plan(replace(ana.plans["middle"], duration_days=365))
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"dear", "cheap"}
    await shop.change_plan(replace(ana.plans["middle"], duration_days=7))
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"dear", "cheap"}


async def test_renewing_plan_bought_for_a_single_period_can_be_changed(shop: Shop) -> None:
    """The plan renews automatically at other providers and was bought for one month here."""
    ana = await paid_member(shop, recurring=True, interval=Interval.MONTH, duration_days=None)
    shop.clock.advance(10 * DAY)
    assert {offer.to_soft_id for offer in await shop.changes.offers(ana.to)} == {"dear", "cheap"}
    await ana.change("cheap")
    assert (await ana.subscription()).plan_id == ana.plans["cheap"].id


async def test_granted_time_is_never_credited(shop: Shop, ana: PaidMember) -> None:
    granting = GiveTime(GrantAccess(shop.policy))
    async with shop.units() as uow:
        held = await uow.subscriptions.live_for(ana.customer.id, ana.plans["middle"].id, lock=True)
        assert held is not None
        time_grant = TimeGrant(kind=LedgerKind.ADMIN_GRANT, source_key="sorry", length=3 * DAY, price=PRICE)
        given = TimeTarget(subscription=held, is_extension=True)
        await granting.add(uow, given, ana.customer, ana.plans["middle"], time_grant, shop.clock.now())
        await uow.commit()
    assert await shop.changes.offers(ana.to) == []


async def test_payments_for_two_unexpired_periods_are_not_credited(shop: Shop, ana: PaidMember) -> None:
    quote = await ana.quote("dear")
    await shop.deliver(await ana.buys("middle"))
    assert await shop.changes.offers(ana.to) == []
    with pytest.raises(NothingToChange):
        await ana.confirm(quote)
    shop.clock.advance(12 * DAY)
    quote = await ana.quote("dear")
    assert quote.remainder is not None
    assert quote.remainder.credit == PRICE


async def test_barred_customer_cannot_change_plan(shop: Shop, ana: PaidMember) -> None:
    quote = await ana.quote("dear")
    async with shop.units() as uow:
        customer = await uow.customers.get(ana.customer.id, lock=True)
        assert customer is not None
        customer.barred_at = shop.clock.now()
        await uow.customers.save(customer)
        await uow.commit()
    assert await shop.changes.offers(ana.to) == []
    with pytest.raises(NothingToChange):
        await ana.confirm(quote)


async def test_ledger_explains_the_plan_change(shop: Shop, ana: PaidMember) -> None:
    await ana.change("dear")
    middle, dear = ana.plans["middle"].id, ana.plans["dear"].id
    payment, credit, switch = await ana.entries()
    assert (payment.kind, payment.length) == (LedgerKind.PAYMENT, 30 * DAY)
    assert (credit.kind, credit.length, credit.payment_id) == (LedgerKind.CHANGE, 7 * DAY, payment.payment_id)
    assert (credit.changed_from, credit.starts_at) == (None, shop.clock.now())
    assert (switch.kind, switch.length, switch.payment_id) == (LedgerKind.CHANGE, timedelta(), None)
    assert (switch.changed_from, switch.plan_id, switch.starts_at) == (middle, dear, shop.clock.now())
    subscription = await ana.subscription()
    async with shop.units() as uow:
        (change,) = await uow.subscriptions.changes_of(subscription.id)
    assert (change.old_price, change.new_price) == (PRICE, ana.plans["dear"].price)
