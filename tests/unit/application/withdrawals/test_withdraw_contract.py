"""Withdrawal from a contract: its deadline, the refund, the end of access, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage, RefundedMessage
from subscriptions.application.messages.show_withdrawal import ShowWithdrawal
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import STAFF, WITHDRAWN, Subscription, SubscriptionStatus
from subscriptions.domain.ids import OrderId, PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services.withdrawal_policy import Declarations, Refusal, Scope
from tests.fakes.shop import POLICY, Shop, memory_shop

DAY = timedelta(days=1)


def withdrawing(shop: Shop) -> WithdrawContract:
    return WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)


async def buys(shop: Shop, method: str | None = None, **plan: Any) -> tuple[Customer, ServicePlan, PaymentEvent]:
    customer, sold = await shop.customer(), await shop.plan(**plan)
    _, session = await shop.checkout(customer, sold)
    events = shop.provider.pay(session)
    await shop.deliver(*events)
    return customer, sold, next(each for each in events if each.payment_key is not None)


async def order_of(shop: Shop, customer: Customer) -> Order:
    async with shop.units() as uow:
        return (await uow.orders.paid_since(customer.id, datetime(2020, 1, 1, tzinfo=UTC)))[0]


async def give_back(shop: Shop) -> None:
    """Run the refund jobs."""
    for job in await shop.jobs("core.refund_payment"):
        await RefundPayment(shop.units, shop.gateways, shop.clock)(
            PaymentId(UUID(str(job["payment_id"]))), job["minor"], job["key"]
        )


async def refusal_of(shop: Shop, customer: Customer, order: Order) -> WithdrawalRefused:
    with pytest.raises(WithdrawalRefused) as refused:
        await withdrawing(shop)(customer.telegram_id, order.id)
    return refused.value


async def test_acknowledgement_of_a_withdrawal_is_shown_again_only_to_its_customer(shop: Shop) -> None:
    customer, plan, _ = await buys(shop)
    order, show = await order_of(shop, customer), ShowWithdrawal(shop.units)
    assert await show(customer.telegram_id, order.id) is None, "nothing is withdrawn yet"
    withdrawal = await withdrawing(shop)(customer.telegram_id, order.id)
    shown = await show(customer.telegram_id, order.id)
    assert shown is not None
    assert (shown.reference, shown.plan_name, shown.order) == (order.reference, withdrawal.plan_name, order.id.hex)
    assert (shown.amount, shown.owed, shown.automatic) == (plan.price, None, True)
    assert (shown.contract_at, shown.declared_at, shown.due) == (
        order.paid_at,
        shop.clock.now(),
        shop.clock.now() + 14 * DAY,
    )
    assert (shown.gift, shown.live) == (False, False)
    other = await shop.customer()
    assert await show(other.telegram_id, order.id) is None


@pytest.mark.parametrize(("after", "is_announced"), [(timedelta(seconds=2), False), (2 * DAY, True)])
async def test_refund_right_after_the_acknowledgement_sends_no_second_message(
    shop: Shop, after: timedelta, is_announced: bool
) -> None:
    customer, _, paid = await buys(shop)
    order = await order_of(shop, customer)
    await withdrawing(shop)(customer.telegram_id, order.id)
    shop.clock.advance(after)
    facts = {"about_payment": paid.payment_key, "amount": paid.amount, "amount_refunded": paid.amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "re-1", payment_key="re-1", **facts))
    (notified,) = await shop.notified("refunded")
    async with shop.units() as uow:
        sources = Sources(uow, shop.policy, shop.clock.now())
        message = await RefundedMessage.load(sources, UUID(str(notified["subject"])))
    assert (message is not None) is is_announced


async def test_withdrawal_refunds_the_full_payment_and_ends_access_and_billing(shop: Shop) -> None:
    customer, plan, paid = await buys(shop)
    shop.clock.advance(13 * DAY)
    order = await order_of(shop, customer)
    (contract,) = await withdrawing(shop).open_to(customer.telegram_id)
    assert (contract.amount, contract.retention, contract.automatic) == (plan.price, None, True)

    withdrawal = await withdrawing(shop)(customer.telegram_id, order.id)
    assert (withdrawal.amount, withdrawal.contract_at) == (plan.price, order.paid_at)
    assert withdrawal.refund_due == shop.clock.now() + 14 * DAY
    held = await shop.holding(customer, plan)
    assert (held.subscription.status, held.subscription.end_reason) == (SubscriptionStatus.EXPIRED, WITHDRAWN)
    assert [job["kind"] for job in await shop.notified("withdrawn")] == ["withdrawn"]
    assert len(await shop.jobs("core.stop_billing")) >= 1
    await give_back(shop)
    assert list(shop.provider.refunds.values()) == [paid.payment_key]
    assert await shop.alarms() == []

    # The provider's refund event changes nothing more.
    refund = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "re-1",
        payment_key="re-1",
        about_payment=paid.payment_key,
        amount=paid.amount,
        amount_refunded=paid.amount,
    )
    await shop.deliver(refund)
    held = await shop.holding(customer, plan)
    assert held.payment.status is PaymentStatus.REFUNDED
    assert held.subscription.end_reason == WITHDRAWN


@pytest.mark.parametrize(("begins", "last"), [(0, 15), (1, 14), (5, 14), (6, 16)], ids=["Sun", "Mon", "Fri", "Sat"])
@pytest.mark.parametrize("is_late", [False, True])
async def test_last_day_to_withdraw_is_the_fourteenth_day_or_the_monday_after(
    shop: Shop, begins: int, last: int, *, is_late: bool
) -> None:
    shop.clock.advance(begins * DAY)
    customer, _, _ = await buys(shop)
    days, refusal = (last + 1, Refusal.TOO_LATE) if is_late else (last, None)
    order = await order_of(shop, customer)
    # 23:30 in Madrid is still that day, although it may not be in UTC or in 24-hour days.
    assert order.paid_at is not None
    evening = order.paid_at.astimezone(POLICY.zones.home).replace(hour=23, minute=30) + days * DAY
    shop.clock.advance(evening - shop.clock.now())
    if refusal is None:
        assert (await withdrawing(shop)(customer.telegram_id, order.id)).order_id == order.id
    else:
        assert (await refusal_of(shop, customer, order)).refusal is refusal


async def test_second_withdrawal_is_refused_with_a_reference_to_the_first_withdrawal(shop: Shop) -> None:
    customer, _, _ = await buys(shop)
    order = await order_of(shop, customer)
    withdrawal = await withdrawing(shop)(customer.telegram_id, order.id)
    refused = await refusal_of(shop, customer, order)
    assert (refused.refusal, refused.withdrawal) == (Refusal.SECOND_TIME, withdrawal)
    assert len(await shop.jobs("core.refund_payment")) == 1


async def test_withdrawal_from_another_customers_order_is_refused(shop: Shop) -> None:
    customer, _, _ = await buys(shop)
    other = await shop.customer(telegram_id=TelegramId(777))
    refused = await refusal_of(shop, other, await order_of(shop, customer))
    assert (refused.refusal, refused.plan_name) == (Refusal.FOREIGN, "")


async def test_withdrawal_without_a_contract_is_refused(shop: Shop) -> None:
    customer = await shop.customer()
    with pytest.raises(WithdrawalRefused) as refused:
        await withdrawing(shop).open_to(customer.telegram_id)
    assert refused.value.refusal is Refusal.NOTHING


async def test_withdrawal_is_refused_if_a_lost_dispute_already_returned_the_payment(shop: Shop) -> None:
    customer, _, paid = await buys(shop)
    lost = {"about_payment": paid.payment_key, "amount": paid.amount, "reason": "lost"}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_CLOSED, "dp-1", payment_key="dp-1", **lost))
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(customer.id, 9)
        assert not (await left_of(uow, payment)).minor, "it would go back twice"
    refused = await refusal_of(shop, customer, await order_of(shop, customer))
    assert refused.refusal is Refusal.RETURNED


async def test_withdrawal_is_refused_if_the_payment_was_fully_refunded(shop: Shop) -> None:
    customer, _, paid = await buys(shop)
    refund = {"about_payment": paid.payment_key, "amount": paid.amount, "amount_refunded": paid.amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "re-1", payment_key="re-1", **refund))
    refused = await refusal_of(shop, customer, await order_of(shop, customer))
    assert refused.refusal is Refusal.RETURNED


async def test_disabled_withdrawal_is_refused(shop: Shop) -> None:
    off = memory_shop(policy=POLICY.__class__(brand="Umbral", base_url="https://u.example", withdrawal=Scope.OFF))
    customer, _, _ = await buys(off)
    assert (await refusal_of(off, customer, await order_of(off, customer))).refusal is Refusal.OFF


async def test_provider_without_refunds_raises_an_alarm_and_access_ends(shop: Shop) -> None:
    shop.sells_by_all()
    customer, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    view = await shop.start(customer.telegram_id, plan.soft_id, "coins")
    await shop.deliver(shop.coins.paid(view.url.rpartition("/")[2]))
    withdrawal = await withdrawing(shop)(customer.telegram_id, (await order_of(shop, customer)).id)
    assert not withdrawal.automatic
    assert await shop.alarms() == ["withdrawal_owed"]
    assert await shop.jobs("core.refund_payment") == []
    assert not (await shop.holding(customer, plan)).subscription.live


async def test_disputed_payment_is_not_refunded_automatically(shop: Shop) -> None:
    customer, _, paid = await buys(shop)
    asked = {"payment_key": "dp-1", "about_payment": paid.payment_key, "amount": paid.amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_OPENED, "dp-1", **asked))
    withdrawal = await withdrawing(shop)(customer.telegram_id, (await order_of(shop, customer)).id)
    assert not withdrawal.automatic
    assert "withdrawal_owed" in await shop.alarms()


async def test_renewal_does_not_start_a_new_withdrawal_period(shop: Shop) -> None:
    customer, plan, _ = await buys(shop)
    async with shop.units() as uow:
        subscription = (await uow.subscriptions.of_customer(customer.id))[0]
    assert subscription.provider_ref is not None
    shop.clock.advance(31 * DAY)
    await shop.deliver(shop.provider.renew(subscription.provider_ref, plan.price))
    refused = await refusal_of(shop, customer, await order_of(shop, customer))
    assert refused.refusal is Refusal.TOO_LATE
    assert (await shop.holding(customer, plan)).subscription.live


async def test_renewal_within_the_period_is_refunded_with_the_first_payment(shop: Shop) -> None:
    customer, plan, _ = await buys(shop, interval=Interval.WEEK)
    async with shop.units() as uow:
        subscription = (await uow.subscriptions.of_customer(customer.id))[0]
    assert subscription.provider_ref is not None
    shop.clock.advance(7 * DAY + timedelta(hours=1))
    await shop.deliver(shop.provider.renew(subscription.provider_ref, plan.price))
    withdrawal = await withdrawing(shop)(customer.telegram_id, (await order_of(shop, customer)).id)
    assert withdrawal.amount == plan.price + plan.price
    assert not (await shop.holding(customer, plan)).subscription.live
    await give_back(shop)
    assert len(shop.provider.refunds) == 2, "each payment by a key of its own"


@pytest.mark.parametrize(("country", "is_theirs"), [("ES", True), (None, True), ("MX", False)])
async def test_payment_message_names_the_right_to_withdraw_if_the_right_exists(
    shop: Shop, country: str | None, is_theirs: bool
) -> None:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*(replace(each, country=country) for each in shop.provider.pay(session)))
    order = await order_of(shop, customer)
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(customer.id, 9)
        message = await PaymentReceivedMessage.load(Sources(uow, shop.policy, shop.clock.now()), payment.id)
    assert message is not None
    if is_theirs:
        assert message.withdraw_until is not None
        assert (await withdrawing(shop)(customer.telegram_id, order.id)).amount == plan.price
    else:
        assert message.withdraw_until is None, "«Puedes desistir», and the button says that they cannot"
        assert (await refusal_of(shop, customer, order)).refusal is Refusal.ABROAD


async def declares(shop: Shop, customer: Customer, order_id: OrderId) -> None:
    """Tick both declarations before the payment."""
    declare = DeclareBeforePayment(shop.units, shop.clock, shop.policy)
    await declare(customer.telegram_id, order_id, begins=True, acknowledges=True, words="Empezad ya.")


async def test_days_that_have_not_started_are_fully_refunded() -> None:
    """A customer with forty days from a code who buys thirty more has used none of the paid days on day ten."""
    shop = memory_shop(policy=replace(POLICY, declarations=Declarations.SERVICE))
    customer, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    giving = GiveTime(GrantAccess(shop.policy))
    time_grant = TimeGrant(kind=LedgerKind.TOKEN, source_key="code", length=40 * DAY, price=plan.price)
    async with shop.units() as uow:
        target = await giving.find(uow, customer, plan, plan.price, shop.clock.now())
        await giving.add(uow, target, customer, plan, time_grant, shop.clock.now())
        await uow.commit()
    view, session = await shop.checkout(customer, plan)
    await declares(shop, customer, view.order_id)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(10 * DAY)
    (contract,) = await withdrawing(shop).open_to(customer.telegram_id)
    assert (contract.amount, contract.retention) == (plan.price, None)


async def test_days_of_a_suspension_are_not_charged_as_used() -> None:
    shop = memory_shop(policy=replace(POLICY, declarations=Declarations.SERVICE))
    customer, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    view, session = await shop.checkout(customer, plan)
    await declares(shop, customer, view.order_id)
    await shop.deliver(shop.provider.pay_once(session))
    held = (await shop.holding(customer, plan)).subscription
    shop.clock.advance(3 * DAY)
    async with shop.units() as uow:
        suspended = await uow.subscriptions.get(held.id, lock=True)
        assert suspended is not None
        suspended.pause(STAFF, shop.clock.now())
        await uow.subscriptions.save(suspended)
        await uow.commit()
    shop.clock.advance(9 * DAY)
    (contract,) = await withdrawing(shop).open_to(customer.telegram_id)
    assert contract.retention == Money(plan.price.minor * 3 // 30, plan.price.currency)


async def on_trial(shop: Shop) -> tuple[Customer, ServicePlan, Subscription]:
    customer, sold = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(customer, sold)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    shop.clock.advance(2 * DAY)
    return customer, sold, (await shop.holding(customer, sold)).subscription


async def add_time(shop: Shop, held: Subscription, plan: ServicePlan, days: int) -> None:
    async with shop.units() as uow:
        entry = LedgerEntry(
            subscription_id=held.id,
            kind=LedgerKind.TOKEN,
            source_key=f"gift:{plan.soft_id}",
            starts_at=shop.clock.now(),
            length=days * DAY,
            plan_id=plan.id,
            created_at=shop.clock.now(),
        )
        subscription = await uow.subscriptions.get(held.id, lock=True)
        assert subscription is not None
        await GrantAccess(shop.policy).enter(uow, subscription, entry)
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_withdrawal_from_a_trial_ends_it_and_its_billing(shop: Shop) -> None:
    customer, plan, _ = await on_trial(shop)
    order = await order_of(shop, customer)
    assert (await withdrawing(shop).preview(customer.telegram_id, order.id)).waiting == ()
    await withdrawing(shop)(customer.telegram_id, order.id)
    ended = (await shop.holding(customer, plan)).subscriptions[0]
    assert (ended.live, ended.end_reason, ended.access_until) == (False, WITHDRAWN, shop.clock.now())
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_withdrawal_from_a_trial_keeps_the_days_of_a_gift(shop: Shop) -> None:
    customer, plan, held = await on_trial(shop)
    await add_time(shop, held, plan, 30)
    await withdrawing(shop)(customer.telegram_id, (await order_of(shop, customer)).id)
    kept = (await shop.holding(customer, plan)).subscriptions[0]
    assert (kept.live, kept.renews, kept.access_until) == (True, False, shop.clock.now() + 30 * DAY)
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_withdrawal_from_a_trial_begins_the_days_that_waited(shop: Shop) -> None:
    """The days of another plan waited behind the trial; the preview names them."""
    customer, plan, held = await on_trial(shop)
    other = await shop.plan(price=Money(999, "EUR"))
    async with shop.units() as uow:
        switch = LedgerEntry(
            subscription_id=held.id,
            kind=LedgerKind.CHANGE,
            source_key="switch",
            starts_at=shop.clock.now() - 2 * DAY,
            length=timedelta(),
            plan_id=plan.id,
            changed_from=other.id,
            created_at=shop.clock.now(),
        )
        await uow.write(LEDGER).add_if_new(switch)
        await uow.commit()
    await add_time(shop, held, other, 30)
    order = await order_of(shop, customer)
    (waiting,) = (await withdrawing(shop).preview(customer.telegram_id, order.id)).waiting
    assert (waiting.soft_id, waiting.days) == (other.soft_id, 30)
    await withdrawing(shop)(customer.telegram_id, order.id)
    async with shop.units() as uow:
        begun = await uow.subscriptions.live_for(customer.id, other.id)
        assert await uow.subscriptions.live_for(customer.id, plan.id) is None
    assert begun is not None
    assert begun.access_until == shop.clock.now() + 30 * DAY
