"""Declarations about an immediate start of the service, which customers make before the payment: their validity and
their effect on a withdrawal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.checkout.purchase_terms import DeclarationRequired
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEventKind
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.services.withdrawal_policy import Declarations, Refusal
from tests.fakes.shop import POLICY, Shop, memory_shop

DAY = timedelta(days=1)
BOTH = (True, True)


async def bought(
    kind: Declarations, *declared: tuple[bool, bool], late: bool = False
) -> tuple[Shop, Customer, OrderId]:
    """Create a customer who made these declarations and paid. Each pair states whether the customer asked for an
    immediate start, and acknowledged the consequence for withdrawals.

    late: True if the last declaration is made after the payment.
    """
    shop = memory_shop(policy=replace(POLICY, declarations=kind))
    customer, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(customer, plan)
    declare = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    for number, (begins, acknowledges) in enumerate(declared):
        if late and number == len(declared) - 1:
            continue
        shop.clock.advance(timedelta(minutes=1))
        await declare(
            customer.telegram_id, view.order_id, begins=begins, acknowledges=acknowledges, words="as they were shown"
        )
    await shop.deliver(*shop.provider.pay(session))
    if late:
        shop.clock.advance(timedelta(minutes=1))
        begins, acknowledges = declared[-1]
        await declare(
            customer.telegram_id, view.order_id, begins=begins, acknowledges=acknowledges, words="as they were shown"
        )
    return shop, customer, view.order_id


async def withdraws(shop: Shop, customer: Customer, order_id: OrderId) -> Withdrawal:
    return await WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)(customer.telegram_id, order_id)


async def test_declaration_made_after_payment_but_before_the_payment_event_has_no_effect() -> None:
    shop = memory_shop(policy=replace(POLICY, declarations=Declarations.CONTENT))
    customer, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(customer, plan)
    events = shop.provider.pay(session)
    shop.clock.advance(timedelta(minutes=1))
    declare = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    await declare(customer.telegram_id, view.order_id, begins=True, acknowledges=True, words="as they were shown")
    shop.clock.advance(timedelta(minutes=1))
    await shop.deliver(*events)
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    async with shop.units() as uow:
        message = await PaymentReceivedMessage.load(Sources(uow, shop.policy, shop.clock.now()), payment.id)
    assert message is not None
    assert message.declared == "", "they would read that their right is lost, and they have it"
    assert (await withdraws(shop, customer, view.order_id)).amount == Money(2999, "EUR")


async def test_declaration_is_valid_if_the_payment_is_reported_within_the_same_second() -> None:
    """Providers report whole seconds, so the reported time may be before the declaration."""
    shop = memory_shop(policy=replace(POLICY, declarations=Declarations.CONTENT))
    customer, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(customer, plan)
    shop.clock.advance(timedelta(seconds=1) - timedelta(microseconds=shop.clock.now().microsecond))
    events = shop.provider.pay(session)
    shop.clock.advance(timedelta(milliseconds=300))
    declare = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    await declare(customer.telegram_id, view.order_id, begins=True, acknowledges=True, words="as they were shown")
    await shop.deliver(*events)
    with pytest.raises(WithdrawalRefused) as refused:
        await withdraws(shop, customer, view.order_id)
    assert refused.value.refusal is Refusal.LOST


async def test_customer_who_made_both_declarations_for_content_cannot_withdraw() -> None:
    shop, customer, order_id = await bought(Declarations.CONTENT, BOTH)
    with pytest.raises(WithdrawalRefused) as refused:
        await withdraws(shop, customer, order_id)
    assert refused.value.refusal is Refusal.LOST


async def test_withdrawal_from_a_service_refunds_the_unused_share_and_retains_the_used_share() -> None:
    shop, customer, order_id = await bought(Declarations.SERVICE, BOTH)
    shop.clock.advance(10 * DAY)
    withdrawal = await withdraws(shop, customer, order_id)
    # Ten of the thirty days that the provider reports.
    assert withdrawal.kept == Money(999, "EUR")
    assert withdrawal.amount == Money(2000, "EUR")
    (job,) = await shop.jobs("core.refund_payment")
    assert job["minor"] == 2000


@pytest.mark.parametrize("kind", [Declarations.CONTENT, Declarations.SERVICE])
@pytest.mark.parametrize("declared", [[], [(True, False)], [(False, True)], [(False, False)], [BOTH, (True, False)]])
async def test_incomplete_declaration_preserves_the_full_right_to_withdraw(
    kind: Declarations, declared: list[tuple[bool, bool]]
) -> None:
    shop, customer, order_id = await bought(kind, *declared)
    shop.clock.advance(10 * DAY)
    withdrawal = await withdraws(shop, customer, order_id)
    assert (withdrawal.amount, withdrawal.kept) == (Money(2999, "EUR"), None)


@pytest.mark.parametrize("days", [13, 17])
@pytest.mark.parametrize(
    ("kind", "declared", "in_time"),
    [
        (Declarations.OFF, [], (2999, None)),
        (Declarations.CONTENT, [], (2999, None)),
        (Declarations.CONTENT, [BOTH], Refusal.LOST),
        (Declarations.SERVICE, [], (2999, None)),
        (Declarations.SERVICE, [BOTH], (1700, 1299)),
    ],
)
async def test_declarations_determine_the_refund_on_day_thirteen_and_withdrawal_is_refused_on_day_seventeen(
    kind: Declarations, declared: list[tuple[bool, bool]], in_time: Refusal | tuple[int, int | None], days: int
) -> None:
    """Within the withdrawal period the declaration determines the refund. Afterwards the withdrawal is refused because
    the period is over.
    """
    shop, customer, order_id = await bought(kind, *declared)
    shop.clock.advance(days * DAY)
    expected = Refusal.TOO_LATE if days == 17 else in_time
    if isinstance(expected, Refusal):
        with pytest.raises(WithdrawalRefused) as refused:
            await withdraws(shop, customer, order_id)
        assert refused.value.refusal is expected
        assert not [*await shop.jobs("core.refund_payment"), *await shop.jobs("core.stop_billing")]
        return
    withdrawal = await withdraws(shop, customer, order_id)
    assert withdrawal.amount is not None
    kept = withdrawal.kept.minor if withdrawal.kept is not None else None
    assert (withdrawal.amount.minor, kept) == expected


async def test_declaration_after_payment_has_no_effect() -> None:
    shop, customer, order_id = await bought(Declarations.CONTENT, BOTH, late=True)
    assert (await withdraws(shop, customer, order_id)).amount == Money(2999, "EUR")


async def test_each_declaration_is_stored_with_wording_version_and_language() -> None:
    shop, _, order_id = await bought(Declarations.CONTENT, (False, False), BOTH)
    async with shop.units() as uow:
        first, last = await uow.of(WITHDRAWALS_KEY).declarations_of(order_id)
    assert (first.complete, last.complete) == (False, True)
    assert (last.words, last.version, last.language) == ("as they were shown", POLICY.terms_version, "es")


async def test_no_declaration_is_stored_while_declarations_are_disabled() -> None:
    shop, _, order_id = await bought(Declarations.OFF, BOTH)
    async with shop.units() as uow:
        assert await uow.of(WITHDRAWALS_KEY).declarations_of(order_id) == []


async def buys_and_withdraws(shop: Shop, ana: Customer, plan: ServicePlan) -> None:
    """Buy a plan, use it for 13 days, withdraw, and receive the refund."""
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(timedelta(days=13))
    withdraw = WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)
    (contract,) = await withdraw.open_to(ana.telegram_id)
    await withdraw(ana.telegram_id, contract.order.id)
    payment = next(each for each in (await shop.holding(ana, plan)).payments if each.order_id == contract.order.id)
    back = {"payment_key": f"re-{payment.id}", "amount_refunded": plan.price, "amount": plan.price}
    await shop.deliver(
        shop.provider.create_event(PaymentEventKind.REFUND, "refund", about_payment=payment.payment_key, **back)
    )
    shop.clock.advance(timedelta(hours=1))


@pytest.fixture
async def withdrawn_twice() -> tuple[Shop, Customer, ServicePlan]:
    shop = memory_shop()
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    await buys_and_withdraws(shop, ana, plan)
    assert await shop.alarms() == []
    await buys_and_withdraws(shop, ana, plan)
    return shop, ana, plan


async def test_second_withdrawal_is_reported_to_the_owners(withdrawn_twice: tuple[Shop, Customer, ServicePlan]) -> None:
    shop, _, _ = withdrawn_twice
    assert await shop.alarms() == ["withdrawals_repeated"]


async def test_customer_who_withdrew_twice_can_buy_only_with_the_declaration(
    withdrawn_twice: tuple[Shop, Customer, ServicePlan],
) -> None:
    shop, ana, plan = withdrawn_twice
    declare = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    assert await declare.kind_for(ana.telegram_id) is Declarations.CONTENT
    with pytest.raises(DeclarationRequired):
        await shop.start(ana.telegram_id, plan.soft_id)
    view = await shop.start(ana.telegram_id, plan.soft_id, is_declared=True)
    await declare(ana.telegram_id, view.order_id, begins=True, acknowledges=True, words="sí")
    shop.clock.advance(timedelta(minutes=1))
    session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
    await shop.deliver(shop.provider.pay_once(session))
    withdraw = WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)
    with pytest.raises(WithdrawalRefused) as refused:
        await withdraw.preview(ana.telegram_id, view.order_id)
    assert refused.value.refusal is Refusal.LOST


async def test_customer_who_withdrew_twice_can_pay_for_a_gift_only_with_the_declaration(
    withdrawn_twice: tuple[Shop, Customer, ServicePlan],
) -> None:
    """The payer may be the person who opens the gift."""
    shop, ana, plan = withdrawn_twice
    with pytest.raises(DeclarationRequired):
        await shop.start(ana.telegram_id, plan.soft_id, for_another=True)
    assert (await shop.start(ana.telegram_id, plan.soft_id, for_another=True, is_declared=True)).url


async def test_customer_whose_withdrawals_are_over_a_year_old_can_buy_without_a_declaration(
    withdrawn_twice: tuple[Shop, Customer, ServicePlan],
) -> None:
    shop, ana, plan = withdrawn_twice
    shop.clock.advance(timedelta(days=366))
    assert (await shop.start(ana.telegram_id, plan.soft_id)).url


async def test_disabled_withdrawal_period_requires_no_declaration() -> None:
    shop = memory_shop(policy=replace(POLICY, withdrawal_window=timedelta()))
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    for _ in range(3):
        await buys_and_withdraws(shop, ana, plan)
    assert await shop.alarms() == []
