"""Check that a plan with different prices by payment method is shown, charged, checked and stored with the price of the
chosen method.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.catalog.method_prices import charged_next
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Effect, NothingToDo, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

ONCE = {"recurring": False, "interval": None, "duration_days": 30}
PRICE, STARS = Money(2999, "EUR"), Money(1500, "XTR")


@pytest.fixture
async def sale(shop: Shop) -> tuple[Customer, ServicePlan]:
    """Create a customer, and a plan in euros that one method sells in Stars."""
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    await shop.charges("tokens", plan, STARS)
    return ana, plan


async def test_payment_method_is_offered_only_if_its_own_price_can_be_charged(shop: Shop, sale):
    _, plan = sale
    other = await shop.plan(**ONCE)
    view = await shop.plans.one(plan.soft_id)
    assert view.prices == {"acme": PRICE, "coins": PRICE, "tokens": STARS}
    assert (await shop.plans.one(other.soft_id)).methods == ("acme", "coins")


async def test_own_price_of_the_method_is_charged_and_recorded(shop: Shop, sale):
    ana, plan = sale
    view = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = shop.stars.checkouts
    assert (view.amount, shop.stars.checkouts[session].amount) == (STARS, STARS)
    await shop.deliver(shop.stars.paid(session))
    held = await shop.holding(ana, plan)
    assert (held.payment.amount, held.payment.flag, held.subscription.price) == (STARS, None, STARS)
    assert (await shop.status(ana.telegram_id)).payments[0].amount == STARS


async def test_only_changes_of_a_method_price_are_audited(shop: Shop, sale):
    _, plan = sale
    before, notified = shop.memory.rows("audit_log"), await shop.jobs("core.sync_prices")
    act, staff = "method_price", Staff(shop)
    outcomes = [
        await staff(SHELL, act, plan.soft_id, method="tokens", price="1500 XTR"),
        await staff(SHELL, act, plan.id, method="coins"),
        await staff(SHELL, act, plan.id, method="coins", price="own"),
    ]
    assert {outcome.name for outcome in outcomes} == {"unchanged"}
    assert (shop.memory.rows("audit_log"), await shop.jobs("core.sync_prices")) == (before, notified)
    assert (await staff(SHELL, act, plan.soft_id, method="tokens")).name == "own"
    priced = await staff(SHELL, act, plan.soft_id, method="coins", price="40")
    assert (priced.name, priced.facts["price"]) == ("priced", Money(4000, "EUR"))
    lines = [line.facts for line in shop.memory.rows("audit_log")[len(before) :]]
    assert lines == [
        {"plan": plan.soft_id, "method": "tokens", "price": f"{STARS} → the plan's own"},
        {"plan": plan.soft_id, "method": "coins", "price": f"the plan's own → {Money(4000, 'EUR')}"},
    ]


async def test_changed_price_applies_to_new_purchases_only(shop: Shop):
    ana, plan = await shop.customer(), await shop.priced()
    staff = Staff(shop)
    nobody = await staff.run.preview(SHELL, "change_price", plan.soft_id, {"price": "34,99"})
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    kept = await staff.run.preview(SHELL, "change_price", plan.soft_id, {"price": "34,99"})
    assert (nobody, kept) == (Effect(name="nobody"), Effect(name="kept", facts={"people": 1}))
    assert (await staff(SHELL, "change_price", plan.soft_id, price="34,99")).name == "changed"
    assert (await shop.plans.one(plan.soft_id)).price == Money(3499, "EUR")
    assert (await shop.holding(ana, plan)).subscription.price == PRICE
    line = shop.memory.rows("audit_log")[-1]
    assert (line.action, line.facts["price"]) == ("plan.updated", f"{PRICE} → {Money(3499, 'EUR')}")
    with pytest.raises(NothingToDo):
        await staff(SHELL, "change_price", plan.soft_id, price="34.99 EUR")


@pytest.mark.parametrize("paid", [PRICE, Money(1499, "XTR"), Money(1500, "EUR")], ids=str)
async def test_payment_that_differs_from_the_method_price_is_under_review(shop: Shop, sale, paid: Money):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = shop.stars.checkouts
    await shop.deliver(shop.stars.paid(session, amount=paid))
    assert (await shop.holding(ana, plan)).payment.flag is FlagReason.AMOUNT_MISMATCH


async def test_payment_by_an_old_link_is_compared_with_the_price_of_that_link(shop: Shop, sale):
    ana, plan = sale
    await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (old,) = shop.stars.checkouts
    await shop.charges("tokens", plan, Money(1800, "XTR"))
    view = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    assert (view.attempt, view.amount) == (2, Money(1800, "XTR"))
    await shop.deliver(shop.stars.paid(old, checkout_ref=None))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscription.price) == (None, STARS)


async def test_each_method_charges_its_own_price_in_one_order(shop: Shop, sale):
    ana, plan = sale
    first = await shop.start(ana.telegram_id, plan.soft_id, "tokens")
    second = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert first.order_id == second.order_id
    assert (first.amount, second.amount) == (STARS, PRICE)
    (session,) = shop.coins.checkouts
    await shop.deliver(shop.coins.paid(session))
    assert (await shop.holding(ana, plan)).subscription.price == PRICE


async def test_new_plan_price_keeps_the_method_price(shop: Shop, sale):
    _, plan = sale
    async with shop.units() as uow:
        await uow.plans.forget_prices(plan.id)
        await uow.commit()
    await shop.change_plan(replace(plan, price=Money(3999, "EUR")))
    assert (await shop.plans.one(plan.soft_id)).prices["tokens"] == STARS


async def test_payment_method_whose_price_was_removed_is_not_offered(shop: Shop, sale):
    ana, plan = sale
    await shop.charges("tokens", plan, None)
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id, "tokens")


async def test_renewal_is_compared_with_the_price_of_the_method(shop: Shop):
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
    ("act", "answers", "why"),
    [
        ("method_price", {"method": "nobody", "price": "1500 XTR"}, {"method": "not_offered"}),
        ("method_price", {"method": "tokens", "price": "29.99"}, {"price": "method_refused"}),
        ("method_price", {"method": "coins", "price": "0"}, {"price": "amount"}),
        ("method_price", {"method": "coins", "price": "much"}, {"price": "price_unread"}),
        ("change_price", {"price": "-1"}, {"price": "price_negative"}),
        ("change_price", {}, {"price": "missing"}),
    ],
    ids=["no method", "unsupported currency", "nothing", "no amount", "negative amount", "missing amount"],
)
async def test_invalid_price_or_method_is_refused(shop: Shop, sale, act, answers, why):
    before = shop.memory.rows("audit_log")
    with pytest.raises(InputsRefused) as refused:
        await Staff(shop)(SHELL, act, sale[1].soft_id, **answers)
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == why
    with pytest.raises(SubjectGone):
        await Staff(shop)(SHELL, act, "nothing", **answers)
    assert shop.memory.rows("audit_log") == before


async def test_next_charge_uses_agreed_price_then_method_price_then_plan_price(shop: Shop):
    plan, abroad = await shop.priced(price=Money(4999, "EUR")), Money(5432, "USD")
    subscription = samples.subscription(samples.order(samples.customer(), plan))
    async with shop.units() as uow:
        known = await uow.plans.price_at(plan.id, "acme")
        assert known is not None
        await uow.plans.save_price(replace(known, price=abroad))
        subscription.provider, subscription.next_price = "acme", None
        assert await charged_next(uow, subscription, plan) == abroad
        assert await charged_next(uow, subscription, None) is None
        subscription.provider = "another"
        assert await charged_next(uow, subscription, plan) == plan.price
        subscription.next_price = Money(1, "EUR")
        assert await charged_next(uow, subscription, plan) == Money(1, "EUR")
