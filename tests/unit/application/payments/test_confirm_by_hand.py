"""Payments confirmed by staff: the list of waiting payments, the permissions, and decisions, each of which is applied
once.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from subscriptions.application.payments.awaited_payments import WAIT_LIMIT
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction
from tests.fakes.shop import memory_shop
from tests.support.bank import MARTA, OLGA, PEDRO, Bank


@pytest.fixture
async def bank() -> Bank:
    return await Bank(memory_shop()).open()


async def test_waiting_payment_is_shown_with_its_bank_reference(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert (item.customer.id, item.plan, item.amount) == (bank.ana.id, bank.plan.label, bank.plan.price)
    assert item.session_ref in bank.gateway.checkouts
    assert item.reference == str(item.order_id)[:8].upper()
    assert (item.asked_at, item.decision, item.label["es"]) == (bank.shop.clock.now(), None, "Pago bank")
    assert await bank.see.one(MARTA, item.id) == item


async def test_confirmed_payment_is_applied_once_and_gives_access(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert await bank.confirm(MARTA, item) == "confirmed"
    assert [each.decision for each in await bank.waiting()] == [StaffAction.CONFIRM_PAYMENT]
    assert await bank.confirm(MARTA, item) == "confirmed_before"
    assert await bank.refuse(OLGA, item) == "arrived_before"
    assert await bank.work() == ["counted"]
    with pytest.raises(NothingToDo):
        await bank.confirm(OLGA, item)

    held = await bank.shop.holding(bank.ana, bank.plan)
    assert (held.payment.amount, held.subscription.status) == (bank.plan.price, SubscriptionStatus.ACTIVE)
    assert await bank.waiting() == []
    said = [(str(MARTA), "payment.confirm")]
    assert (await bank.audit(item.order_id), (await bank.audit(bank.ana.id))[:1]) == (said, said)
    assert len(await bank.shop.notified("payment_received")) == 1


async def test_refusal_closes_the_checkout_and_gives_no_access(bank: Bank) -> None:
    (item,) = await bank.waiting()

    assert await bank.refuse(MARTA, item) == "closed"
    assert await bank.work() == ["checkout closed"]
    assert await bank.standing(item.order_id) == (OrderStatus.EXPIRED, AttemptStatus.CLOSED)
    assert (await bank.shop.holding(bank.ana, bank.plan)).payments == []
    assert await bank.waiting() == []
    assert await bank.see.one(OLGA, item.id) is None
    assert len(await bank.shop.notified("checkout_failed")) == 1


async def test_program_confirms_a_waiting_payment_by_its_bank_reference(bank: Bank) -> None:
    (item,) = await bank.waiting()
    program = Program("ledger", frozenset({Ability.REFUND}))

    outcome = await bank.staff(program, "confirm_payment", item.session_ref)
    assert (outcome.name, await bank.work()) == ("confirmed", ["counted"])
    assert (await bank.audit(item.order_id))[0] == ("api:ledger", "payment.confirm")
    for unknown in ("-", f"{item.order_id}.2", f"{item.order_id}", "\0"):
        with pytest.raises(SubjectGone):
            await bank.staff(program, "confirm_payment", unknown)


async def test_repeated_confirmation_returns_the_first_outcome(bank: Bank) -> None:
    (item,) = await bank.waiting()
    press = uuid4()
    assert (await bank.staff(OLGA, "confirm_payment", item.id, press)).name == "confirmed"
    await bank.work()
    assert (await bank.staff(OLGA, "confirm_payment", item.id, press)).name == "confirmed"
    assert len((await bank.shop.holding(bank.ana, bank.plan)).payments) == 1


async def test_payment_after_the_order_expired_can_be_confirmed_for_a_month(bank: Bank) -> None:
    bank.shop.clock.advance(timedelta(days=2))
    await bank.shop.run_due()
    (item,) = await bank.waiting()
    assert (await bank.standing(item.order_id))[0] is OrderStatus.EXPIRED

    bank.shop.clock.advance(WAIT_LIMIT - timedelta(days=2))
    assert len(await bank.waiting()) == 1
    bank.shop.clock.advance(timedelta(seconds=1))
    assert await bank.waiting() == []
    with pytest.raises(NothingToDo):
        await bank.confirm(OLGA, item)


async def test_confirmed_payment_has_the_amount_of_its_checkout(bank: Bank) -> None:
    await bank.shop.charges("bank", bank.plan, Money(3150, "USD"))
    eva = await bank.asked()
    item = next(each for each in await bank.waiting() if each.customer.id == eva.id)
    assert item.amount == Money(3150, "USD")

    await bank.confirm(OLGA, item)
    await bank.work()
    assert (await bank.shop.holding(eva, bank.plan)).payment.amount == Money(3150, "USD")


async def test_only_manual_payments_wait_for_confirmation(bank: Bank) -> None:
    eva = await bank.asked("acme")
    assert bank.see.is_offered()
    assert eva.id not in {item.customer.id for item in await bank.waiting()}

    (item,) = await bank.waiting()
    del bank.shop.gateways.gateways["bank"]
    assert not bank.see.is_offered()
    assert await bank.waiting() == []
    with pytest.raises(NothingToDo):
        await bank.confirm(OLGA, item)


async def test_waiting_payments_are_paged_newest_first(bank: Bank) -> None:
    bank.shop.clock.advance(timedelta(minutes=1))
    eva = await bank.asked()

    first, second = [await bank.see.list_waiting(OLGA, limit=1, offset=offset) for offset in (0, 1)]
    assert [first[0].customer.id, second[0].customer.id] == [eva.id, bank.ana.id]


async def test_support_role_and_customers_cannot_confirm_or_refuse(bank: Bank) -> None:
    (item,) = await bank.waiting()
    for person in (PEDRO, bank.ana.telegram_id):
        with pytest.raises(NotAllowed):
            await bank.see.list_waiting(person, limit=1)
        with pytest.raises(NotAllowed):
            await bank.see.one(person, item.id)
        for decide in (bank.confirm, bank.refuse):
            with pytest.raises(NotAllowed):
                await decide(person, item)
    assert await bank.work() == []
