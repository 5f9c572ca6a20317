"""Check that refunds that staff made outside the provider are recorded and have the effects of a refund by the
provider.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from subscriptions.application.alarms.payment_causes import withdrawn_money_back
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.ids import InboxId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import Origin
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from tests.fakes.counter import Counter
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

WHY = {"reason": "transferencia 1234"}


class ConfirmingCounter(Counter):
    """Provider that completes every event by a lookup, as Cryptomus does, and reports no refund."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        return event if event.about_payment is None else replace(event, kind=PaymentEventKind.IGNORED)


async def paid_in_coins(shop: Shop) -> Payment:
    """Create a payment at a provider that cannot refund."""
    shop.coins = ConfirmingCounter(shop.clock)
    shop.sells_by_all()
    customer, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    view = await shop.start(customer.telegram_id, plan.soft_id, "coins")
    await shop.deliver(shop.coins.paid(view.url.rpartition("/")[2]))
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    return payment


async def applied(shop: Shop) -> None:
    for job in await shop.jobs("core.apply_payment_event"):
        await shop.apply(InboxId(UUID(str(job["inbox_id"]))))


async def stands(shop: Shop, payment: Payment) -> tuple[PaymentStatus, list[Refund]]:
    async with shop.units() as uow:
        known = await uow.payments.get(payment.id)
        assert known is not None
        return known.status, list(await uow.reversals.refunds_of(payment.id))


async def test_full_recorded_refund_ends_access_and_notifies_the_customer(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    effect = await Staff(shop).run.preview(SHELL, "record_refund", str(payment.id), {**WHY, "amount": ""})
    assert effect is not None
    assert effect.name == "ends"

    operation = uuid4()
    outcomes = [await Staff(shop)(SHELL, "record_refund", payment.id, operation, **WHY) for _ in range(2)]
    assert {each.facts["amount"] for each in outcomes} == {payment.amount}
    with pytest.raises(InputsRefused) as given_twice:
        await Staff(shop)(SHELL, "record_refund", payment.id, **WHY)
    assert given_twice.value.errors["amount"].key == "amount_left", "before it is applied as well"

    await applied(shop)
    status, refunds = await stands(shop, payment)
    assert status is PaymentStatus.REFUNDED
    assert [each.amount for each in refunds] == [payment.amount]
    assert payment.subscription_id is not None
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(payment.subscription_id)
    assert subscription is not None
    assert not subscription.live
    assert "refunded" in {job["kind"] for job in await shop.jobs("bot.announce")}
    assert await shop.jobs("core.refund_payment") == [], "nobody is asked to give anything back"


async def test_event_stored_for_a_recorded_refund_is_refused_if_it_is_not_a_refund(shop: Shop) -> None:
    """No provider is queried about a recorded refund, so the event must be a refund."""
    payment = await paid_in_coins(shop)
    await Staff(shop)(SHELL, "record_refund", payment.id, **WHY)
    (inbox_entry,) = [each for each in shop.memory.rows("webhook_inbox") if each.event.event_key.startswith("by_hand:")]
    async with shop.units() as uow:
        entry = await uow.inbox.get(inbox_entry.id, lock=True)
        assert entry is not None
        entry.event = replace(entry.event, kind=PaymentEventKind.PAYMENT_COMPLETED)
        await uow.inbox.save(entry)
        await uow.commit()
    await applied(shop)
    assert (await stands(shop, payment)) == (PaymentStatus.CAPTURED, [])
    assert "payment_event_stuck" in await shop.alarms()


async def test_webhook_that_claims_to_be_a_recorded_refund_is_refused(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    await Staff(shop)(SHELL, "record_refund", payment.id, **WHY)
    (inbox_entry,) = [each for each in shop.memory.rows("webhook_inbox") if each.event.event_key.startswith("by_hand:")]
    async with shop.units() as uow:
        entry = await uow.inbox.get(inbox_entry.id, lock=True)
        assert entry is not None
        entry.origin = Origin.TOLD
        await uow.inbox.save(entry)
        await uow.commit()
    await applied(shop)
    assert (await stands(shop, payment)) == (PaymentStatus.CAPTURED, [])
    assert "payment_event_stuck" in await shop.alarms()


async def test_partial_recorded_refund_keeps_the_remaining_amount_and_its_access(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    part = Money(500, payment.amount.currency)
    await Staff(shop)(SHELL, "record_refund", payment.id, amount="5", **WHY)
    await applied(shop)
    status, refunds = await stands(shop, payment)
    assert (status, [each.amount for each in refunds]) == (PaymentStatus.CAPTURED, [part])
    with pytest.raises(InputsRefused):
        await Staff(shop)(SHELL, "record_refund", payment.id, amount=str(payment.amount.decimal), **WHY)


async def paid_by_card(shop: Shop) -> Payment:
    """Create a payment at a provider that can refund."""
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    return payment


@pytest.mark.parametrize(("by_hand", "counted"), [("", []), ("10", [1999])])
async def test_provider_refund_after_a_recorded_refund_counts_only_the_difference(
    shop: Shop, by_hand: str, counted: list[int]
) -> None:
    payment = await paid_by_card(shop)
    await Staff(shop)(SHELL, "record_refund", payment.id, amount=by_hand, **WHY)
    await applied(shop)
    assert await shop.jobs("core.refund_payment") == [], "the provider is asked for nothing"

    reported = {"payment_key": "re-1", "about_payment": payment.payment_key, "amount_refunded": payment.amount}
    await shop.deliver(*[shop.provider.create_event(PaymentEventKind.REFUND, "refund", **reported) for _ in range(2)])
    status, refunds = await stands(shop, payment)
    assert status is PaymentStatus.REFUNDED
    assert [each.amount.minor for each in refunds if each.refund_key == "re-1"] == counted
    assert sum(each.amount.minor for each in refunds) == payment.amount.minor


async def test_recorded_refund_cannot_be_sent_to_the_provider(shop: Shop) -> None:
    payment, operation = await paid_by_card(shop), uuid4()
    await Staff(shop)(SHELL, "record_refund", payment.id, operation, amount="5", **WHY)
    for key in (str(operation), f"by_hand:{operation}"):
        await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, 500, key)
    assert shop.provider.refunds == {}
    assert "job_unsigned" in await shop.alarms()


async def test_refund_is_recorded_while_its_provider_is_disabled(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    await Staff(shop)(SHELL, "record_refund", payment.id, **WHY)
    shop.gateways.gateways.pop("coins")
    await applied(shop)
    status, refunds = await stands(shop, payment)
    assert (status, [each.amount for each in refunds]) == (PaymentStatus.REFUNDED, [payment.amount])


async def test_refund_at_a_provider_without_refunds_is_refused(shop: Shop) -> None:
    with pytest.raises(NothingToDo):
        await Staff(shop)(SHELL, "refund", (await paid_in_coins(shop)).id, **WHY)


async def test_program_with_the_refund_ability_records_a_refund(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    program = Program("books", frozenset({Ability.REFUND}))
    assert (await Staff(shop)(program, "record_refund", payment.id, **WHY)).name == "recorded"


async def test_withdrawal_alarm_closes_once_the_full_refund_is_recorded(shop: Shop) -> None:
    payment = await paid_in_coins(shop)
    await Staff(shop)(SHELL, "withdraw", payment.subscription_id, **WHY)
    assert await shop.alarms() == ["withdrawal_owed"]
    async with shop.units() as uow:
        withdrawal = await uow.of(WITHDRAWALS_KEY).of_order(payment.order_id)
    assert withdrawal is not None
    alarm = Alarm.begin(f"withdrawal_owed:{withdrawal.id}", "withdrawal_owed", {}, shop.clock.now())

    async def is_over() -> bool:
        async with shop.units() as uow:
            return await withdrawn_money_back(uow, alarm, shop.clock.now())

    assert not await is_over()
    await Staff(shop)(SHELL, "record_refund", payment.id, amount="5", **WHY)
    await applied(shop)
    assert not await is_over(), "a part of it"
    await Staff(shop)(SHELL, "record_refund", payment.id, **WHY)
    await applied(shop)
    assert await is_over()
