"""Payments that staff confirms by hand: what waits, who may decide, and that a decision counts once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.handlers.admin_confirmations import KEPT, AwaitedPayment, ConfirmByHand, Outcome
from subscriptions.application.services.staff_desk import NotAllowed, StaffDesk
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId, OrderId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction
from tests.fakes.counter import HandCounter
from tests.fakes.shop import Shop, memory_shop

OLGA, MARTA, PEDRO = TelegramId(7), TelegramId(8), TelegramId(9)
STAFF = {OLGA: StaffRole.OWNER, MARTA: StaffRole.MANAGER, PEDRO: StaffRole.SUPPORT}


class Bank:
    """A shop that sells by transfer, its people, and somebody who was asked for 29.99€."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.gateway = HandCounter(shop.clock)
        shop.gateways.gateways["bank"] = self.gateway
        desk = StaffDesk(shop.units, shop.clock)
        self.use = ConfirmByHand(shop.units, shop.clock, desk, shop.gateways, shop.receive)
        self.ana: Customer
        self.plan: ServicePlan

    async def open(self) -> Bank:
        for number, role in STAFF.items():
            await self.shop.customer(telegram_id=number, staff_role=role)
        self.plan = await self.shop.plan()
        self.ana = await self.asked()
        return self

    async def asked(self, method: str = "bank") -> Customer:
        """Somebody new opens a checkout."""
        person = await self.shop.customer()
        await self.shop.start(person.telegram_id, self.plan.soft_id, method)
        return person

    async def waiting(self) -> list[AwaitedPayment]:
        return list(await self.use.waiting(OLGA, limit=10))

    async def work(self) -> list[str | None]:
        """Apply whatever is in the inbox; what came of each delivery."""
        notes = []
        for job in await self.shop.jobs("core.apply_payment_event"):
            inbox_id = InboxId(UUID(str(job["inbox_id"])))
            await self.shop.apply(inbox_id)
            notes.append((await self.shop.inbox(inbox_id)).note)
        return notes

    async def audit(self, subject: object) -> list[tuple[str, str]]:
        async with self.shop.units() as uow:
            return [(line.actor, line.action) for line in await uow.audit.of_subject(str(subject), 10)]

    async def standing(self, order_id: OrderId) -> tuple[OrderStatus, AttemptStatus]:
        async with self.shop.units() as uow:
            order, attempts = await uow.orders.get(order_id), await uow.orders.attempts(order_id)
        assert order is not None
        return order.status, attempts[0].status


@pytest.fixture
async def bank() -> Bank:
    return await Bank(memory_shop()).open()


async def test_what_waits_is_shown_with_all_that_finds_it_at_the_bank(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert (item.customer.id, item.plan, item.amount) == (bank.ana.id, bank.plan.label, bank.plan.price)
    assert item.session_ref in bank.gateway.checkouts
    assert item.reference == str(item.order_id)[:8].upper()
    assert (item.asked_at, item.said, item.label["es"]) == (bank.shop.clock.now(), None, "Pago bank")
    assert await bank.use.one(MARTA, item.order_id, item.number) == item


async def test_confirmed_money_counts_once_and_gives_access(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert await bank.use.confirm(MARTA, item.order_id, item.number) is Outcome.DONE
    assert [each.said for each in await bank.waiting()] == [StaffAction.CONFIRM_PAYMENT]
    assert await bank.use.confirm(MARTA, item.order_id, item.number) is Outcome.AGAIN
    assert await bank.use.refuse(OLGA, item.order_id, item.number) is Outcome.OTHERWISE
    assert await bank.work() == ["counted"]
    assert await bank.use.confirm(OLGA, item.order_id, item.number) is Outcome.GONE

    held = await bank.shop.holding(bank.ana, bank.plan)
    assert (held.payment.amount, held.subscription.status) == (bank.plan.price, SubscriptionStatus.ACTIVE)
    assert await bank.waiting() == []
    said = [(str(MARTA), "payment.confirm")]
    assert (await bank.audit(item.order_id), (await bank.audit(bank.ana.id))[:1]) == (said, said)
    assert len(await bank.shop.told("payment_received")) == 1


async def test_two_people_at_once_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    said = await asyncio.gather(bank.use.confirm(OLGA, *where), bank.use.confirm(MARTA, *where))
    assert sorted(said) == [Outcome.AGAIN, Outcome.DONE]
    assert await bank.work() == ["counted"]
    assert len(await bank.audit(item.order_id)) == 1


async def test_two_people_of_two_minds_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    said = await asyncio.gather(bank.use.refuse(OLGA, *where), bank.use.confirm(MARTA, *where))
    assert sorted(said) == [Outcome.DONE, Outcome.OTHERWISE]
    assert len(await bank.work()) == len(await bank.audit(item.order_id)) == 1


async def test_refusal_closes_the_checkout_and_nothing_is_given(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert await bank.use.refuse(MARTA, item.order_id, item.number) is Outcome.DONE
    assert await bank.work() == ["checkout closed"]
    assert await bank.standing(item.order_id) == (OrderStatus.EXPIRED, AttemptStatus.CLOSED)
    assert (await bank.shop.holding(bank.ana, bank.plan)).payments == []
    assert await bank.waiting() == []
    assert await bank.use.one(OLGA, item.order_id, item.number) is None


async def test_a_press_that_died_before_it_was_passed_on_is_finished_by_its_repetition(bank: Bank) -> None:
    (item,) = await bank.waiting()
    async with bank.shop.units() as uow:
        staff = await uow.customers.by_telegram_id(OLGA)
        assert staff is not None
        desk = StaffDesk(bank.shop.units, bank.shop.clock)
        await desk.note(uow, staff, StaffAction.CONFIRM_PAYMENT, item.order_id, "-", bank.shop.clock.now(), attempt="1")
        await uow.commit()

    assert await bank.use.confirm(OLGA, item.order_id, item.number) is Outcome.DONE
    assert await bank.work() == ["counted"]
    assert len(await bank.audit(item.order_id)) == 1


async def test_money_that_comes_after_the_order_ran_out_is_confirmed_too_for_a_month(bank: Bank) -> None:
    bank.shop.clock.advance(timedelta(days=2))
    await bank.shop.run_due()
    (item,) = await bank.waiting()
    assert (await bank.standing(item.order_id))[0] is OrderStatus.EXPIRED

    bank.shop.clock.advance(KEPT - timedelta(days=2))
    assert len(await bank.waiting()) == 1
    bank.shop.clock.advance(timedelta(seconds=1))
    assert await bank.waiting() == []
    assert await bank.use.confirm(OLGA, item.order_id, item.number) is Outcome.GONE


async def test_the_amount_is_what_that_checkout_asked(bank: Bank) -> None:
    await bank.shop.charges("bank", bank.plan, Money(3150, "USD"))
    eva = await bank.asked()
    item = next(each for each in await bank.waiting() if each.customer.id == eva.id)
    assert item.amount == Money(3150, "USD")

    await bank.use.confirm(OLGA, item.order_id, item.number)
    await bank.work()
    assert (await bank.shop.holding(eva, bank.plan)).payment.amount == Money(3150, "USD")


async def test_other_ways_to_pay_are_not_for_people_to_confirm(bank: Bank) -> None:
    eva = await bank.asked("acme")
    assert bank.use.offered()
    assert eva.id not in {item.customer.id for item in await bank.waiting()}

    (item,) = await bank.waiting()
    del bank.shop.gateways.gateways["bank"]
    assert not bank.use.offered()
    assert await bank.waiting() == []
    assert await bank.use.confirm(OLGA, item.order_id, item.number) is Outcome.GONE


async def test_newest_first_page_by_page(bank: Bank) -> None:
    bank.shop.clock.advance(timedelta(minutes=1))
    eva = await bank.asked()

    first, second = [await bank.use.waiting(OLGA, limit=1, offset=offset) for offset in (0, 1)]
    assert [first[0].customer.id, second[0].customer.id] == [eva.id, bank.ana.id]


async def test_support_and_strangers_decide_nothing(bank: Bank) -> None:
    (item,) = await bank.waiting()
    for person in (PEDRO, bank.ana.telegram_id):
        with pytest.raises(NotAllowed):
            await bank.use.waiting(person, limit=1)
        for decide in (bank.use.one, bank.use.confirm, bank.use.refuse):
            with pytest.raises(NotAllowed):
                await decide(person, item.order_id, item.number)
    assert await bank.work() == []
