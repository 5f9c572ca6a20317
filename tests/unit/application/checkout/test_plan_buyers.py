"""Check that plans restricted to certain buyers are listed correctly, and that every kind of purchase enforces the
restriction.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

from bot import callbacks
from bot.screens.notices import render
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.plan_files import ExportPlans
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.checkout.purchase_terms import NotTheirs
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import ComeBack, ExpiredMessage
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.service_plan import Buyers, Listing, PerPerson, ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import DiscountCodeId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from subscriptions.domain.services.trial_marks import BEEN_CUSTOMER
from tests.fakes.plan_files import BringIn
from tests.fakes.shop import TRIAL_MARKS, Shop

PAID_ONCE: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}
FREE = {"price": Money(0, "EUR"), **PAID_ONCE}


def give(shop: Shop) -> GiveFreePlan:
    time = GiveTime(GrantAccess(shop.policy))
    return GiveFreePlan(shop.units, shop.plans, time, shop.clock, shop.policy, TRIAL_MARKS)


async def buys(shop: Shop, person: Customer, plan: ServicePlan) -> None:
    _, session = await shop.checkout(person, plan)
    await shop.deliver(*(shop.provider.pay(session) if plan.recurring else [shop.provider.pay_once(session)]))


async def over(shop: Shop, person: Customer, plan: ServicePlan) -> None:
    shop.clock.advance(timedelta(days=40))
    await shop.run_due()
    await shop.check((await shop.holding(person, plan)).subscription.id)


async def refused(shop: Shop, person: Customer, plan: ServicePlan) -> BuyerRefusal:
    """Assert that the plan card and the order are refused for the same reason, and return the reason."""
    with pytest.raises(NotTheirs) as card:
        await shop.choose(person.telegram_id, plan.soft_id)
    with pytest.raises(NotTheirs) as order:
        await (give(shop) if plan.free else shop.start)(person.telegram_id, plan.soft_id)
    assert card.value.reason is order.value.reason
    return order.value.reason


async def listed(shop: Shop, person: Customer) -> set[str]:
    return {view.soft_id for view in await shop.offers(person.telegram_id)}


async def test_free_plan_is_granted_once_per_customer_unless_the_plan_is_unlimited(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**FREE)
    again = await shop.plan(**FREE, per_person=PerPerson.UNLIMITED)
    for each in (plan, again):
        await give(shop)(ana.telegram_id, each.soft_id)
        await over(shop, ana, each)
    assert await refused(shop, ana, plan) is BuyerRefusal.ONE_PURCHASE
    assert await listed(shop, ana) == {again.soft_id}
    await give(shop)(ana.telegram_id, again.soft_id)


async def test_erased_customer_who_returns_gets_no_second_trial(shop: Shop):
    plan, first = await shop.plan(**FREE), await shop.plan(buyers=Buyers.NEWCOMERS)
    ana = await shop.customer()
    async with shop.units() as uow:
        for what in (plan.id, BEEN_CUSTOMER):
            mark = TRIAL_MARKS.mark_of(ana.telegram_id, what)
            assert mark is not None
            await uow.personal_data.keep_trial_mark(mark, shop.clock.now())
        await uow.commit()
    assert await refused(shop, ana, plan) is BuyerRefusal.ONE_PURCHASE
    assert await refused(shop, ana, first) is BuyerRefusal.NEWCOMERS


async def test_no_win_back_message_is_sent_for_a_plan_that_cannot_be_bought_again(shop: Shop):
    ana, once, often = await shop.customer(), await shop.plan(**FREE), await shop.plan(**PAID_ONCE)
    await give(shop)(ana.telegram_id, once.soft_id)
    await buys(shop, ana, often)
    for plan, returns in ((once, False), (often, True)):
        await over(shop, ana, plan)
        subscription = (await shop.holding(ana, plan)).subscription
        async with shop.units() as uow:
            sources = Sources(uow, shop.policy, shop.clock.now())
            assert (await ComeBack.load(sources, subscription.id) is not None) is returns
            ended = await ExpiredMessage.load(sources, subscription.id)
        assert ended is not None
        markup = render(ended, "es").markup
        assert markup is not None
        pressed = [item.callback_data for row in markup.inline_keyboard for item in row]
        assert (callbacks.subscribe(plan.soft_id) in pressed) is returns
        assert pressed.count(callbacks.PLAN_LIST) == 1
    views = (await shop.status(ana.telegram_id)).subscriptions
    assert {view.soft_id: view.repeatable for view in views} == {once.soft_id: False, often.soft_id: True}


async def test_concurrent_presses_grant_a_free_plan_once(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**FREE)
    given = await asyncio.gather(*(give(shop)(ana.telegram_id, plan.soft_id) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(each, Exception) for each in given) == 1


async def test_newcomer_has_one_open_checkout_page_at_a_time_for_plans_for_newcomers(shop: Shop):
    """If two of the pages could be paid, the customer would buy two plans for newcomers."""
    ana = await shop.customer()
    plans = [await shop.plan(buyers=Buyers.NEWCOMERS) for _ in range(3)]
    views = await asyncio.gather(*(shop.start(ana.telegram_id, plan.soft_id) for plan in plans))
    states = [(await shop.order(view.reference)).status for view in views]
    assert sorted(states) == sorted([OrderStatus.OPEN, OrderStatus.CANCELED, OrderStatus.CANCELED])
    last = plans[states.index(OrderStatus.OPEN)]
    await buys(shop, ana, last)
    assert {await refused(shop, ana, plan) for plan in plans if plan is not last} == {BuyerRefusal.NEWCOMERS}
    assert await listed(shop, ana) == {last.soft_id}


async def test_plan_for_existing_customers_requires_any_earlier_plan(shop: Shop):
    ana, plan, loyal = await shop.customer(), await shop.plan(**PAID_ONCE), await shop.plan(buyers=Buyers.CUSTOMERS)
    assert await refused(shop, ana, loyal) is BuyerRefusal.CUSTOMERS
    assert await listed(shop, ana) == {plan.soft_id}
    await buys(shop, ana, plan)
    assert await listed(shop, ana) == {plan.soft_id, loyal.soft_id}
    await over(shop, ana, plan)
    await buys(shop, ana, loyal)


async def test_plan_that_requires_another_plan_is_listed_and_refers_to_the_required_plan(shop: Shop):
    ana, other, base = await shop.customer(), await shop.plan(), await shop.plan(**PAID_ONCE)
    add_on = await shop.plan(holders_of=frozenset({base.soft_id}))
    assert add_on.soft_id in await listed(shop, ana)
    assert await refused(shop, ana, add_on) is BuyerRefusal.HOLDERS
    instead = await shop.offers.alternatives(ana.telegram_id, add_on)
    assert [view.soft_id for view in instead] == [base.soft_id, other.soft_id]
    await buys(shop, ana, base)
    await buys(shop, ana, add_on)


async def test_last_use_of_a_code_opens_one_checkout_of_the_plan_sold_by_that_code(shop: Shop):
    plan = await shop.plan(**PAID_ONCE, buyers=Buyers.CODE)
    for code, only in {"ALL": {}, "VIP": {"plan_id": plan.id, "uses": 1}}.items():
        promotion = DiscountCode(
            id=DiscountCodeId(new_uuid()), code=code, percent=20, created_at=shop.clock.now(), **cast("Any", only)
        )
        async with shop.units() as uow:
            assert await uow.of(DISCOUNTS_KEY).add_if_new(promotion)
            await uow.commit()
    ana, bea = await shop.customer(), await shop.customer()
    await shop.claim(ana.telegram_id, "ALL")
    assert await refused(shop, ana, plan) is BuyerRefusal.CODE
    for person in (ana, bea):
        await shop.claim(person.telegram_id, "VIP")
    found = await asyncio.gather(
        *(shop.start(each.telegram_id, plan.soft_id) for each in (ana, bea)), return_exceptions=True
    )
    (opened,) = [each for each in found if not isinstance(each, BaseException)]
    assert opened.deal is not None
    assert opened.deal.code == "VIP"
    (lost,) = [each for each in found if isinstance(each, BaseException)]
    assert isinstance(lost, NotTheirs)
    assert await listed(shop, ana) == set()


async def test_hidden_plan_is_sold_by_its_link_and_not_listed(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(listing=Listing.HIDDEN)
    assert await listed(shop, ana) == set()
    await buys(shop, ana, plan)


async def test_payment_for_the_next_period_does_not_count_as_a_new_purchase(shop: Shop):
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(buyers=Buyers.NEWCOMERS, per_person=PerPerson.ONCE)
    for _ in range(2):
        view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
        async with shop.units() as uow:
            (attempt,) = await uow.orders.attempts(view.order_id)
        assert attempt.session_ref is not None
        await shop.deliver(shop.coins.paid(attempt.session_ref))
    assert len((await shop.holding(ana, plan)).payments) == 2


@pytest.mark.parametrize(
    ("rules", "offered"),
    [
        ({}, True),
        ({"buyers": Buyers.CUSTOMERS}, True),
        ({"buyers": Buyers.NEWCOMERS}, False),
        ({"buyers": Buyers.CODE}, False),
        ({"listing": Listing.HIDDEN}, False),
        ({"holders_of": frozenset({"base"})}, False),
    ],
)
async def test_plan_change_must_satisfy_the_rules_of_the_new_plan(shop: Shop, rules: dict[str, Any], offered: bool):
    """A plan change gives up the old plan, so a plan that requires the old plan remains unavailable."""
    base = await shop.priced(soft_id="base")
    target = await shop.priced(price=Money(9900, "EUR"), **rules)
    ana = await shop.customer()
    await buys(shop, ana, base)
    offers = [offer.to_soft_id for offer in await shop.changes.offers(ana.telegram_id)]
    assert (target.soft_id in offers) is offered


async def test_restricted_plan_cannot_be_given_as_a_gift(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(per_person=PerPerson.ONCE)
    with pytest.raises(PlanUnavailable):
        await shop.start(ana.telegram_id, plan.soft_id, for_another=True)


async def test_circular_plan_requirements_are_refused_and_required_plans_cannot_be_deleted(shop: Shop):
    base, add_on = await shop.plan(soft_id="base"), await shop.plan(soft_id="add-on")
    plans = PricingService(shop.units, StaffDesk(shop.units, shop.clock), shop.clock, PlanCatalog(shop.units))
    await plans.update_plan(add_on.id, holders_of=["base"])
    with pytest.raises(InvalidInput, match="base needs add-on"):
        await plans.update_plan(base.id, holders_of=["add-on"])
    with pytest.raises(InvalidInput, match="there is no plan gone"):
        await plans.update_plan(base.id, holders_of="gone")
    bring_in = BringIn(shop)
    records = await ExportPlans(shop.units)()
    assert {record["soft_id"]: record["holders_of"] for record in records} == {"base": [], "add-on": ["base"]}
    changed = [{**record, "holders_of": ["add-on"]} for record in records if record["soft_id"] == "base"]
    with pytest.raises(InvalidInput, match="circle"):
        await bring_in({"plans": changed}, dry_run=True)
    assert {each.kind for each in await bring_in({"plans": records}, dry_run=True)} == {"same"}
    assert await plans.delete_plan(base.id) is False
