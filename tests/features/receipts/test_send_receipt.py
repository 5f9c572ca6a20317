"""Receipts sent by staff: the documents, their recipient, and repeated requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.screens.notices import render
from bot.texts import texts_for
from features.receipts.messages import SentReceipt
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import PaymentId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff


async def paid(shop: Shop) -> Payment:
    """Create a payment that was partially refunded."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    event = shop.provider.pay(session)[1]
    await shop.deliver(event)
    shop.clock.advance(timedelta(hours=1))
    back = {"payment_key": "re-1", "amount": Money(1000, "EUR"), "amount_refunded": Money(1000, "EUR")}
    about = {"about_payment": event.payment_key, "order_id": event.order_id}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **about, **back))
    async with shop.units() as uow:
        [payment] = await uow.payments.of_customer(ana.id, 2)
    return payment


async def test_documents_of_a_payment_are_sent_on_every_request() -> None:
    shop = memory_shop()
    payment, lena = await paid(shop), await shop.customer(staff_role=StaffRole.SUPPORT)
    for _ in range(2):
        outcome = await Staff(shop)(lena.telegram_id, "send_receipt", payment.id)
        assert outcome.facts == {"receipt": "R2026-00001, A2026-00001"}
    sent = [each for each in await shop.jobs("bot.announce") if each["kind"] == "receipt"]
    assert len({each["key"] for each in sent}) == 4
    assert {each["customer_id"] for each in sent} == {str(payment.customer_id)}
    async with shop.units() as uow:
        receipt, _ = await uow.receipts.of_payment(payment.id)
        message = await SentReceipt.load(Sources(uow, shop.policy, shop.clock.now()), receipt.id)
    assert message is not None
    screen = render(message, "es")
    assert "R2026-00001" in screen.text
    assert texts_for("es").money(payment.amount) in screen.text
    assert screen.markup is not None
    assert screen.markup.inline_keyboard[0][0].callback_data == f"invoice_{receipt.id.hex}"


async def test_sending_a_receipt_is_refused_for_a_payment_without_a_receipt() -> None:
    shop = memory_shop()
    lena, payment = await shop.customer(staff_role=StaffRole.SUPPORT), await paid(shop)
    async with shop.units() as uow:
        payment.id = PaymentId(new_uuid())
        payment.payment_key = "another"
        await uow.payments.add_if_new(payment)
        await uow.commit()
    with pytest.raises(NothingToDo):
        await Staff(shop)(lena.telegram_id, "send_receipt", payment.id)
