"""One plan, other amounts by other ways to pay: shown, asked, checked and kept as each method charges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.set_method_price import SetMethodPrice
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from tests.fakes.shop import Shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30}
PRICE, STARS = Money(2999, "EUR"), Money(1500, "XTR")


@pytest.fixture
async def sale(shop: Shop) -> tuple[Customer, ServicePlan]:
    """Somebody, and a plan in euros that one method sells for stars."""
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    await shop.charges("tokens", plan, STARS)
    return ana, plan


async def test_a_method_is_offered_where_it_can_charge_its_own_price(shop: Shop, sale):
    _, plan = sale
    other = await shop.plan(**ONCE)
    view = await shop.plans.one(plan.soft_id)
    assert view.prices == {"acme": PRICE, "coins": PRICE, "tokens": STARS}
    assert (await shop.plans.one(other.soft_id)).methods == ("acme", "coins")


async def test_what_is_asked_is_what_counts(shop: Shop, sale):
    ana, plan = sale
    view = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = shop.stars.checkouts
    assert (view.amount, shop.stars.checkouts[session].amount) == (STARS, STARS)
    await shop.deliver(shop.stars.paid(session))
    held = await shop.holding(ana, plan)
    assert (held.payment.amount, held.payment.flag, held.subscription.price) == (STARS, None, STARS)
    assert (await shop.status(ana.telegram_id)).payments[0].amount == STARS


async def test_the_same_price_again_changes_nothing_and_is_not_written_down(shop: Shop, sale):
    _, plan = sale
    before, told = shop.memory.rows("audit_log"), await shop.jobs("core.sync_prices")
    set_price = SetMethodPrice(shop.units, shop.gateways, shop.clock, PlanCatalog(shop.units))
    assert not await set_price(plan.soft_id, "tokens", STARS)
    assert not await set_price(plan.soft_id, "coins", None)
    assert (shop.memory.rows("audit_log"), await shop.jobs("core.sync_prices")) == (before, told)
    assert await set_price(plan.soft_id, "tokens", None)
    assert len(shop.memory.rows("audit_log")) == len(before) + 1


@pytest.mark.parametrize("paid", [PRICE, Money(1499, "XTR"), Money(1500, "EUR")], ids=str)
async def test_the_plans_own_price_is_not_the_methods(shop: Shop, sale, paid: Money):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = shop.stars.checkouts
    await shop.deliver(shop.stars.paid(session, amount=paid))
    assert (await shop.holding(ana, plan)).payment.flag is FlagReason.AMOUNT_MISMATCH


async def test_an_old_link_counts_for_what_it_asked(shop: Shop, sale):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (old,) = shop.stars.checkouts
    await shop.charges("tokens", plan, Money(1800, "XTR"))
    view = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    assert (view.attempt, view.amount) == (2, Money(1800, "XTR"))
    await shop.deliver(shop.stars.paid(old, checkout_ref=None))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscription.price) == (None, STARS)


async def test_each_method_charges_its_own_in_one_order(shop: Shop, sale):
    ana, plan = sale
    first = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    second = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert first.order_id == second.order_id
    assert (first.amount, second.amount) == (STARS, PRICE)
    (session,) = shop.coins.checkouts
    await shop.deliver(shop.coins.paid(session))
    assert (await shop.holding(ana, plan)).subscription.price == PRICE


async def test_a_new_plan_price_leaves_the_methods_own(shop: Shop, sale):
    _, plan = sale
    async with shop.units() as uow:
        await uow.plans.forget_prices(plan.id)
        await uow.commit()
    await shop.change_plan(replace(plan, price=Money(3999, "EUR")))
    assert (await shop.plans.one(plan.soft_id)).prices["tokens"] == STARS


async def test_it_is_taken_back(shop: Shop, sale):
    ana, plan = sale
    await shop.charges("tokens", plan, None)
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id, "tokens")


async def test_a_renewal_is_held_against_what_is_charged_there(shop: Shop):
    ana, plan = await shop.customer(), await shop.priced()
    await shop.charges("acme", plan, Money(3499, "USD"))
    async with shop.units() as uow:
        agreed = await uow.plans.price_at(plan.id, "acme")
        assert agreed is not None
        assert agreed.external_price_id is None, "the old object asks the old price"
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(timedelta(days=30))
    await shop.deliver(shop.provider.renew("sub-1", Money(3499, "USD")))
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments] == [None, None]
    assert held.subscription.price == Money(3499, "USD")


@pytest.mark.parametrize(
    ("plan", "method", "price", "field"),
    [
        ("nothing", "tokens", STARS, "plan"),
        (None, "nobody", STARS, "method"),
        (None, "tokens", PRICE, "currency"),
        (None, "coins", Money(0, "EUR"), "price"),
    ],
    ids=["no plan", "no method", "a currency it does not charge", "nothing"],
)
async def test_what_makes_no_sense_is_refused(shop: Shop, sale, plan, method, price, field):
    with pytest.raises(InvalidInput) as refused:
        await shop.charges(method, replace(sale[1], soft_id=plan or sale[1].soft_id), price)
    assert refused.value.field == field
