"""Amount retained from a customer who requested an immediate start and withdraws: the price of the used part of the
time.
"""

from __future__ import annotations

from collections.abc import Callable
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
from subscriptions.infrastructure.payments.paypal import amounts as paypal
from subscriptions.infrastructure.payments.stripe import amounts as stripe
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


async def test_difference_of_a_plan_change_is_owed_for_the_used_part_of_the_rest_of_the_period(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.priced()
    dearer = await shop.priced(price=Money(5999, "EUR"))
    view = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    await declare(shop, ana, view.order_id)
    session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(6 * DAY)
    subscription = (await shop.holding(ana, plan)).subscription.id.hex[:8].upper()
    quote = await shop.changes.quote(ana.telegram_id, subscription, dearer.soft_id)
    await shop.changes(ana.telegram_id, subscription, dearer.soft_id, quote.as_of)
    await shop.deliver(*(event for event in shop.provider.changes.values() if event is not None))
    assert quote.due == Money(2400, "EUR")
    shop.clock.advance(6 * DAY)
    contract = await contract_of(shop, ana)
    retained = {share.payment.amount.minor: share.retention.minor for share in contract.shares}
    assert retained == {2999: 2999 * 12 // 30, 2400: 2400 * 6 // 24}


@pytest.mark.parametrize(
    ("price", "charges", "retained"),
    [
        (Money(199000, "HUF"), paypal.charges, 85200),
        (Money(1990, "JPY"), paypal.charges, 852),
        (Money(9990, "KWD"), stripe.charges, 4280),
        (Money(199000, "HUF"), stripe.charges, 85285),
        (Money(100, "EUR"), stripe.charges, 42),
    ],
    ids=["whole forints", "yen", "two of three decimals", "forints with decimals", "refund near the minimum charge"],
)
async def test_refund_of_the_unused_part_is_an_amount_that_the_provider_can_refund(
    shop: Shop, price: Money, charges: Callable[[Money], bool], retained: int
) -> None:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=14, price=price)
    view = await shop.start(ana.telegram_id, plan.soft_id, "acme")
    await declare(shop, ana, view.order_id)
    session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(6 * DAY)
    shop.gateways.charges = charges
    (contract,) = await WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy).open_to(ana.telegram_id)
    assert contract.retention == Money(retained, price.currency)
    assert contract.amount == price - contract.retention
    assert charges(contract.amount)
