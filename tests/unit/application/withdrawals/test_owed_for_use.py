"""Amount retained from a customer who requested an immediate start and withdraws: the price of the used part of the
time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.withdrawals.contracts import Contract
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import DiscountCodeId, OrderId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.services.withdrawal_policy import Declarations
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY, Shop, memory_shop

DAY = timedelta(days=1)
SERVICE = replace(POLICY, declarations=Declarations.SERVICE)


@pytest.fixture
def shop() -> Shop:
    shop = memory_shop(policy=SERVICE)
    shop.sells_by_all()
    return shop


async def two_weeks(shop: Shop) -> tuple[Customer, ServicePlan]:
    return await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=14)


async def declare(shop: Shop, ana: Customer, order_id: OrderId) -> None:
    before_payment = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    await before_payment(ana.telegram_id, order_id, begins=True, acknowledges=True, words="sí")
    shop.clock.advance(timedelta(minutes=1))


async def contract_of(shop: Shop, ana: Customer) -> Contract:
    withdraw = WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)
    (contract,) = await withdraw.open_to(ana.telegram_id)
    return contract


async def test_withdrawal_refunds_an_overpayment_and_retains_the_used_share_of_the_price(shop: Shop) -> None:
    ana, plan = await two_weeks(shop)
    view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    await declare(shop, ana, view.order_id)
    ref = next(each for each in shop.coins.checkouts if view.url.endswith(each))
    await shop.deliver(shop.coins.overpaid(ref, Money(6000, "EUR")))
    shop.clock.advance(7 * DAY)
    contract = await contract_of(shop, ana)
    assert contract.amount is not None
    assert contract.retention is not None
    assert contract.amount + contract.retention == Money(6000, "EUR")
    assert contract.retention.minor == 2999 * 7 // 14


async def test_free_days_of_a_promotion_count_as_bought_days_in_the_used_share(shop: Shop) -> None:
    ana, plan = await two_weeks(shop)
    async with shop.units() as uow:
        more = DiscountCode(id=DiscountCodeId(new_uuid()), code="DOBLE", days=14, created_at=NOON)
        await uow.of(DISCOUNTS_KEY).add_if_new(more)
        await uow.commit()
    await shop.claim(ana.telegram_id, "DOBLE")
    view = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    await declare(shop, ana, view.order_id)
    session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(13 * DAY)
    retention = (await contract_of(shop, ana)).retention
    assert retention is not None
    assert retention.minor == 2999 * 13 // 28
