"""Withdrawals declared by staff for a customer who wrote to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff


async def bought(shop: Shop) -> tuple[Customer, SubscriptionId]:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    return customer, (await shop.holding(customer, plan)).subscription.id


async def staff_of(shop: Shop, role: StaffRole) -> TelegramId:
    return (await shop.customer(telegram_id=TelegramId(99), staff_role=role)).telegram_id


async def test_withdrawal_by_staff_is_audited_with_its_author(shop: Shop) -> None:
    customer, subscription_id = await bought(shop)
    olga, staff = await staff_of(shop, StaffRole.OWNER), Staff(shop)
    outcome = await staff(olga, "withdraw", subscription_id, reason="by e-mail, today")
    assert outcome.name == "withdrawn"
    async with shop.units() as uow:
        (withdrawal,) = await uow.of(WITHDRAWALS_KEY).of_customer(customer.id)
        lines = await uow.audit.of_subject(str(customer.id), 9)
    assert withdrawal.asked_by == str(olga)
    assert [line.reason for line in lines if line.action == "contract.withdrawn_for"] == ["by e-mail, today"]
    assert [job["customer_id"] for job in await shop.notified("withdrawn")] == [str(customer.id)]
    with pytest.raises(NothingToDo):
        await staff(olga, "withdraw", subscription_id, reason="again")


async def test_withdrawal_by_staff_is_refused_without_the_refund_permission_or_after_the_deadline(shop: Shop) -> None:
    _, subscription_id = await bought(shop)
    manager = await staff_of(shop, StaffRole.MANAGER)
    with pytest.raises(NotAllowed):
        await Staff(shop)(manager, "withdraw", subscription_id, reason="by e-mail")
    shop.clock.advance(timedelta(days=16))
    owner = (await shop.customer(telegram_id=TelegramId(98), staff_role=StaffRole.OWNER)).telegram_id
    with pytest.raises(NothingToDo):
        await Staff(shop)(owner, "withdraw", subscription_id, reason="by e-mail")


async def test_withdrawal_by_staff_applies_to_the_last_of_several_bought_periods(shop: Shop) -> None:
    """Each manually bought month is a contract, but the subscription refers to the first contract."""
    shop.sells_by_all()
    customer, plan = await shop.customer(), await shop.plan()
    olga, staff = await staff_of(shop, StaffRole.OWNER), Staff(shop)
    for days in (29, 3):
        view = await shop.start(customer.telegram_id, plan.soft_id, "coins")
        await shop.deliver(shop.coins.paid(view.url.rpartition("/")[2]))
        shop.clock.advance(timedelta(days=days))
    subscription = (await shop.holding(customer, plan)).subscription
    outcome = await staff(olga, "withdraw", subscription.id, reason="by e-mail")
    assert outcome.name == "withdrawn_by_hand"
    async with shop.units() as uow:
        (withdrawal,) = await uow.of(WITHDRAWALS_KEY).of_customer(customer.id)
        orders = await uow.orders.paid_since(customer.id, shop.clock.now() - timedelta(days=90))
    assert withdrawal.order_id == orders[0].id, "the newest"
