"""Revenue less refunds and lost disputes, compared with amounts calculated by hand, with the same results in memory and
in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.lists.columns import Interface, money_of
from subscriptions.application.lists.list_model import Query
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.discount_code import DiscountCode, DiscountUse
from subscriptions.domain.entities.payment import FlagReason, Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.ids import DiscountCodeId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

MADRID = ZoneInfo("Europe/Madrid")
PROMOTION = DiscountCode(id=DiscountCodeId(new_uuid()), code="ENERO", percent=20, created_at=NOON)


def january(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=MADRID)


def february(day: int) -> datetime:
    return datetime(2026, 2, day, 12, tzinfo=MADRID)


async def two_months(units: Units) -> dict[str, Payment]:
    """Create payments of 29.99 + 20.00 + 10.00 and a refund of 5.00 in January, and lost disputes of 29.99 and 15.00 in
    February.

    The bank also reported Bea's 15.00 as a refund, and Carla's dispute was won. The payments of Dora and Eva are under
    review: they are not revenue, and their refunds reduce nothing.
    """
    plan = samples.plan()
    paid: dict[str, Payment] = {}
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.of(DISCOUNTS_KEY).add_if_new(PROMOTION)
        for day, (name, minor) in enumerate(
            [("ana", 2999), ("bea", 2000), ("carla", 1000), ("dora", 900), ("eva", 800)], start=5
        ):
            who = samples.customer(first_name=name)
            order = samples.order(who, plan)
            bought = samples.subscription(order)
            payment = samples.payment(order, amount=Money(minor, "EUR"), occurred_at=january(day))
            payment.subscription_id = bought.id
            if name in {"dora", "eva"}:
                payment.raise_flag(FlagReason.AMOUNT_MISMATCH)
            if name == "eva":
                payment.status = PaymentStatus.REFUNDED
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.subscriptions.save(bought)
            await uow.payments.add_if_new(payment)
            if payment.flag is None:
                saved = Money(100, "EUR")
                use = DiscountUse(
                    order_id=order.id, discount_code_id=PROMOTION.id, customer_id=who.id, discount=saved, used_at=NOON
                )
                await uow.of(DISCOUNTS_KEY).add_use(use)
            paid[name] = payment
        for name, minor, at in (
            ("bea", 500, january(20)),
            ("bea", 1500, february(13)),
            ("dora", 400, january(15)),
            ("eva", 800, january(16)),
        ):
            back = Refund.give("acme", f"{name}-{minor}", paid[name].id, Money(minor, "EUR"), occurred_at=at, now=NOON)
            await uow.reversals.add_refund_if_new(back)
        for name, status, at in (
            ("ana", DisputeStatus.LOST, february(10)),
            ("bea", DisputeStatus.LOST, february(12)),
            ("bea", DisputeStatus.LOST, february(20)),
            ("carla", DisputeStatus.WON, february(14)),
        ):
            dispute = Dispute.begin("acme", f"{name}-{at:%d}", paid[name].id, DisputeStatus.OPEN, january(25))
            dispute.settle(status, at)
            await uow.reversals.save_dispute(dispute)
        await uow.commit()
    return paid


async def test_lost_dispute_reduces_revenue_of_its_closing_month(units: Units) -> None:
    await two_months(units)
    async with units() as uow:
        days = await uow.numbers.days([january(1), january(31), february(11), february(28)])
        assert [each.revenue for each in days] == [
            (Money(5499, "EUR"),),
            (Money(-2999, "EUR"),),
            (Money(-1500, "EUR"),),
        ]
    if units.engine is not None:
        promotions = LISTS["promotions"]
        query = Query(interface=Interface.STAFF, filters={}, sort=promotions.sort, is_descending=True)
        (code,) = await SqlLists(units.engine, ManualClock(), POLICY).rows(promotions, query, 2)
        assert money_of(code["money_brought"]) == [Money(1000, "EUR")]


async def partial_dispute(units: Units) -> tuple[Customer, Payment]:
    """Create an owner and a payment of 29.99. The bank takes 10.00 of the payment and also reports the amount as a
    refund; the seller refunds another 5.00.
    """
    person, plan = samples.customer(first_name="pia"), samples.plan()
    order = samples.order(person, plan)
    payment = samples.payment(order, amount=Money(2999, "EUR"), occurred_at=january(5))
    dispute = Dispute.begin("acme", "dp", payment.id, DisputeStatus.OPEN, january(25), Money(1000, "EUR"))
    dispute.settle(DisputeStatus.LOST, february(10))
    refunds = [
        Refund.give("acme", f"re-{minor}", payment.id, Money(minor, "EUR"), occurred_at=at, now=NOON)
        for minor, at in ((1000, february(11)), (500, february(12)))
    ]
    boss = samples.customer(staff_role=StaffRole.OWNER)
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.customers.save(person)
        await uow.customers.save(boss)
        await uow.orders.save(order)
        await uow.payments.add_if_new(payment)
        await uow.reversals.save_dispute(dispute)
        for refund in refunds:
            await uow.reversals.add_refund_if_new(refund)
        await uow.commit()
    return boss, payment


async def test_lost_partial_dispute_reduces_revenue_by_the_disputed_amount(units: Units) -> None:
    boss, payment = await partial_dispute(units)
    async with units() as uow:
        assert [each.amount for each in await uow.reversals.disputes_of([payment.id])] == [Money(1000, "EUR")]
        days = await uow.numbers.days([january(1), january(31), february(28)])
        assert [each.revenue for each in days] == [(Money(2999, "EUR"),), (Money(-1500, "EUR"),)]
        assert await left_of(uow, payment) == Money(1499, "EUR")
    seen = await SeeCustomers(units, MemoryGateways({}), StaffDesk(units, ManualClock()), POLICY).payment(
        boss.telegram_id, payment.id
    )
    assert seen is not None
    assert seen[1].returned_amount == Money(1500, "EUR")
    if units.engine is not None:
        lists, customers = SqlLists(units.engine, ManualClock(), POLICY), LISTS["customers"]
        query = Query(interface=Interface.STAFF, filters={}, sort=customers.sorts["first_name"], is_descending=False)
        rows = {row["first_name"]: row for row in await lists.rows(customers, query, 10)}
        (spent,) = [each for each in customers.columns if each.name == "spent"]
        assert spent.cells(rows["pia"]) == ("14.99 EUR",)


async def half_lost(units: Units, *, repeats: bool | None) -> Payment:
    """Create a payment of 10.00 with a lost dispute and a refund of 5.00 each. repeats: True if the refund repeats the
    dispute, False if it does not, None if this is unknown.
    """
    person, plan = samples.customer(first_name="rut"), samples.plan()
    order = samples.order(person, plan)
    payment = samples.payment(order, amount=Money(1000, "EUR"), occurred_at=january(5))
    dispute = Dispute.begin("acme", "dp", payment.id, DisputeStatus.OPEN, january(25), Money(500, "EUR"))
    dispute.settle(DisputeStatus.LOST, february(10))
    refund = Refund.give(
        "acme", "re", payment.id, Money(500, "EUR"), occurred_at=february(11), now=NOON, repeats_dispute=repeats
    )
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.customers.save(person)
        await uow.orders.save(order)
        await uow.payments.add_if_new(payment)
        await uow.reversals.save_dispute(replace(dispute, by_refund=True))
        await uow.reversals.add_refund_if_new(refund)
        await uow.commit()
    return payment


@pytest.mark.parametrize(("repeats", "left"), [(False, 0), (True, 500), (None, 500)])
async def test_half_disputed_and_half_refunded_payment_has_nothing_left_unless_the_refund_repeats_the_dispute(
    units: Units, repeats: bool | None, left: int
) -> None:
    """A refund of the same amount made before the decision reports the disputed amount once more, so the other half
    remains.
    """
    payment = await half_lost(units, repeats=repeats)
    async with units() as uow:
        assert [each.by_refund for each in await uow.reversals.disputes_of([payment.id])] == [True]
        assert [each.repeats_dispute for each in await uow.reversals.refunds_of(payment.id)] == [repeats]
        assert await left_of(uow, payment) == Money(left, "EUR")
    if units.engine is not None:
        lists, payments = SqlLists(units.engine, ManualClock(), POLICY), LISTS["payments"]
        rows = await lists.rows(
            payments, Query(interface=Interface.STAFF, filters={}, sort=payments.sort, is_descending=False), 9
        )
        assert [row["back"].minor for row in rows] == [1000 - left]


async def test_payment_on_a_customer_card_shows_its_refunded_and_lost_amount(units: Units) -> None:
    paid = await two_months(units)
    async with units() as uow:
        boss = samples.customer(staff_role=StaffRole.OWNER)
        await uow.customers.save(boss)
        await uow.commit()
    see = SeeCustomers(units, MemoryGateways({}), StaffDesk(units, ManualClock()), POLICY)
    back = {}
    for name, payment in paid.items():
        seen = await see.payment(boss.telegram_id, payment.id)
        assert seen is not None
        back[name] = seen[1].returned_amount.minor
    assert back == {"ana": 2999, "bea": 2000, "carla": 0, "dora": 400, "eva": 800}
    if units.engine is None:
        return
    lists = SqlLists(units.engine, ManualClock(), POLICY)
    payments = LISTS["payments"]
    query = Query(interface=Interface.STAFF, filters={}, sort=payments.sort, is_descending=False)
    rows = await lists.rows(payments, query, 10)
    assert [row["back"].minor for row in rows] == list(back.values())
    rows = await lists.rows(payments, replace(query, interface=Interface.PROGRAMS), 10)
    listed = [payments.to_record(row, Interface.PROGRAMS) for row in rows]
    assert {str(each["id"]): each["refunded_minor"] for each in listed} == {
        str(paid[name].id): minor for name, minor in back.items()
    }
    standing = await lists.summary(january(1), NOON)
    assert (standing["earned"], standing["back"]) == ({"EUR": 5999}, {"EUR": 4999})
    renewed = replace(query, filters={"state": "renewal", "status": "captured"})
    assert standing["renewed"] == len(await lists.rows(payments, renewed, 10))


async def test_lists_show_amounts_spent_by_customers_and_daily_revenue_less_returned_amounts(units: Units) -> None:
    await two_months(units)
    if units.engine is None:
        return
    lists, customers = SqlLists(units.engine, ManualClock(), POLICY), LISTS["customers"]
    query = Query(interface=Interface.STAFF, filters={}, sort=customers.sorts["first_name"], is_descending=False)
    rows = {row["first_name"]: row for row in await lists.rows(customers, query, 10)}
    (spent,) = [each for each in customers.columns if each.name == "spent"]
    assert {name: spent.cells(row) for name, row in rows.items()} == {
        "ana": ("0.00 EUR",),
        "bea": ("0.00 EUR",),
        "carla": ("10.00 EUR",),
        "dora": ("",),
        "eva": ("",),
    }
    assert rows["ana"]["paying_since"] == january(5)
    assert rows["eva"]["paying_since"] is None
    assert [await lists.count(customers, query, limit) for limit in (3, 10)] == [3, 5]
    named = replace(query, filters={"q": "a"})
    assert await lists.count(customers, named, 10) == len(await lists.rows(customers, named, 10))
    days = [(january(5), january(6)), (january(6), january(8)), (january(8), january(31)), (january(1), january(2))]
    assert await lists.takings(days) == [{"EUR": 2999}, {"EUR": 3000}, {}, {}]
