"""Discount codes, their claims and uses, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.discount_code import DiscountCode, DiscountUse
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, OrderStatus
from subscriptions.domain.entities.reversal import Refund, RefundStatus
from subscriptions.domain.ids import DiscountCodeId, PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.shop import POLICY
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

HOUR = timedelta(hours=1)


def promotion(code: str, **more: object) -> DiscountCode:
    values = {"id": DiscountCodeId(new_uuid()), "code": code, "percent": 20, "created_at": NOON}
    return DiscountCode(**(values | more))


async def test_promotions_are_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        one = promotion("UNO", plan_id=sale.plan.id, uses=5, expires_at=NOON + HOUR, created_by=TelegramId(7))
        two = promotion("DOS", percent=None, amount=Money(500, "EUR"), created_at=NOON + HOUR, first_only=False)
        assert await uow.of(DISCOUNTS_KEY).add_if_new(one)
        assert await uow.of(DISCOUNTS_KEY).add_if_new(two)
        assert not await uow.of(DISCOUNTS_KEY).add_if_new(promotion("UNO"))
        for _ in range(2):
            await uow.of(DISCOUNTS_KEY).claim(one.id, sale.customer.id, NOON)
        await uow.of(DISCOUNTS_KEY).claim(two.id, sale.customer.id, NOON + HOUR)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(DISCOUNTS_KEY).get(one.id, lock=True) == one
        assert await uow.of(DISCOUNTS_KEY).by_code("DOS") == two
        assert await uow.of(DISCOUNTS_KEY).by_code("TRES") is None
        assert await uow.of(DISCOUNTS_KEY).claimed_by(sale.customer.id) == [two, one]
        one.stopped_at = NOON
        await uow.of(DISCOUNTS_KEY).save(one)
        assert await uow.of(DISCOUNTS_KEY).claimed_by(sale.customer.id) == [two]


async def test_uses_and_figures_of_a_promotion_are_counted(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        offer = promotion("UNO")
        assert await uow.of(DISCOUNTS_KEY).add_if_new(offer)
        bea = samples.customer()
        await uow.customers.save(bea)
        order = samples.order(bea, sale.plan)
        assert await uow.orders.add_if_new(order)
        page = CheckoutAttempt(
            order_id=order.id,
            number=1,
            provider="acme",
            discount_code_id=offer.id,
            discount=Money(600, "EUR"),
            later=Money(2999, "EUR"),
            created_at=NOON,
            expires_at=NOON + HOUR,
        )
        await uow.orders.save_attempt(page)
        assert await uow.orders.attempts(order.id) == [page]
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON) == 1
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON, apart_from=[order.id]) == 0
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON, customer_id=bea.id) == 1
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON, customer_id=sale.customer.id) == 0
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON + HOUR) == 0
        use = DiscountUse(
            order_id=sale.order.id,
            discount_code_id=offer.id,
            customer_id=sale.customer.id,
            discount=Money(600, "EUR"),
            days=3,
            used_at=NOON,
        )
        for _ in range(2):
            await uow.of(DISCOUNTS_KEY).add_use(use)
        assert await uow.of(DISCOUNTS_KEY).use_of(sale.order.id) == use
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON) == 2
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON, customer_id=sale.customer.id) == 1
        assert await uow.of(DISCOUNTS_KEY).used_for(offer.id, sale.customer.id, sale.plan.id)
        assert not await uow.of(DISCOUNTS_KEY).used_for(offer.id, bea.id, sale.plan.id)
        assert not await uow.of(DISCOUNTS_KEY).used_for(offer.id, sale.customer.id, PlanId(new_uuid()))
        assert await uow.of(DISCOUNTS_KEY).used_by(offer.id, sale.customer.id)
        assert not await uow.of(DISCOUNTS_KEY).used_by(offer.id, bea.id)
        assert await uow.of(DISCOUNTS_KEY).used(sale.customer.id) == {offer.id}
        assert await uow.of(DISCOUNTS_KEY).used(bea.id) == set()
        page.status = AttemptStatus.CLOSED
        await uow.orders.save_attempt(page)
        assert await uow.of(DISCOUNTS_KEY).count_taken(offer.id, NOON) == 1
        await uow.of(DISCOUNTS_KEY).claim(offer.id, bea.id, NOON)
        back, ours = Money(500, sale.payment.amount.currency), Money(300, sale.payment.amount.currency)
        for key, amount, status in (("re-1", back, RefundStatus.GIVEN), ("re-2", ours, RefundStatus.REVERSED)):
            refund = Refund.give("acme", key, sale.payment.id, amount, occurred_at=NOON, now=NOON)
            assert await uow.reversals.add_refund_if_new(replace(refund, status=status))
        await uow.commit()
    if units.engine is None:
        return
    model = LISTS["promotions"]
    query = Query(interface=Interface.STAFF, filters={}, sort=model.sort, is_descending=True)
    (row,) = await SqlLists(units.engine, ManualClock(), POLICY).rows(model, query, 5)
    reported = {each.name: each.cells(row) for each in model.columns}
    assert (reported["claimed"], reported["used"], reported["saved"]) == ((1,), (1,), ("6.00 EUR",))
    kept = sale.payment.amount - back
    assert reported["money_brought"] == (f"{kept.decimal} {kept.currency}",), "less what went back"


async def test_reservation_of_a_promotion_lasts_until_its_checkout_page_can_no_longer_be_paid(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        offer, free = promotion("UNO", uses=2, once=False), promotion("DOS")
        for each in (offer, free):
            assert await uow.of(DISCOUNTS_KEY).add_if_new(each)
        orders = []
        for number in range(3):
            bea = samples.customer()
            await uow.customers.save(bea)
            order = samples.order(bea, sale.plan)
            assert await uow.orders.add_if_new(order)
            until = NOON + (number + 1) * HOUR
            page = CheckoutAttempt(
                order_id=order.id, number=1, provider="a", discount_code_id=offer.id, created_at=NOON, expires_at=until
            )
            await uow.orders.save_attempt(page)
            orders.append(order)
        one, two, three = orders
        assert [await uow.of(DISCOUNTS_KEY).reserve(offer, each, NOON) for each in (one, two, three, one)] == [
            *(True, True),
            *(False, True),
        ]
        assert not await uow.of(DISCOUNTS_KEY).is_reserved(offer.id, three.id)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(DISCOUNTS_KEY).reserve(offer, three, NOON + HOUR), "the first page is over"
        assert [await uow.of(DISCOUNTS_KEY).is_reserved(offer.id, each.id) for each in orders] == [
            False,
            True,
            True,
        ]
        used = DiscountUse(
            order_id=two.id,
            discount_code_id=offer.id,
            customer_id=two.customer_id,
            discount=Money(1, "EUR"),
            used_at=NOON,
        )
        await uow.of(DISCOUNTS_KEY).add_use(used)
        assert await uow.of(DISCOUNTS_KEY).reserve(offer, one, NOON + 3 * HOUR), "the third page is over too"
        assert not await uow.of(DISCOUNTS_KEY).reserve(offer, three, NOON), "what was used stays so"
        await uow.commit()


async def test_promotion_limited_to_one_use_per_person_is_reserved_once(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        once, often = promotion("UNO"), promotion("DOS", once=False)
        for each in (once, often):
            assert await uow.of(DISCOUNTS_KEY).add_if_new(each)
        plan = samples.plan()
        await uow.plans.save(plan)
        other = samples.order(sale.customer, plan)
        assert await uow.orders.add_if_new(other)
        for number, each in enumerate((once, often), 1):
            for order in (sale.order, other):
                page = CheckoutAttempt(
                    order_id=order.id,
                    number=number + 5,
                    provider="a",
                    discount_code_id=each.id,
                    created_at=NOON,
                    expires_at=NOON + HOUR,
                )
                await uow.orders.save_attempt(page)
        sale.order.status = OrderStatus.OPEN
        await uow.orders.save(sale.order)
        assert [await uow.of(DISCOUNTS_KEY).reserve(once, each, NOON) for each in (sale.order, other)] == [
            True,
            False,
        ]
        assert [await uow.of(DISCOUNTS_KEY).reserve(often, each, NOON) for each in (sale.order, other)] == [
            True,
            True,
        ]
