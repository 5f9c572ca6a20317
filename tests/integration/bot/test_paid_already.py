"""Messages about orders that are already paid: no message leads the customer to pay again."""

from __future__ import annotations

from dataclasses import replace

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.events import PaymentFlagged
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.integration.bot.conftest import Message, Phone, Stage, buttons, until
from tests.integration.bot.owning import bought
from tests.integration.bot.test_buying import to_payment
from tests.support.features import runs

PAY = "Ir a pago seguro"
GIVING = ["🎁 Regalar"] if runs("gifts") else []


async def flagged(stage: Stage, phone: Phone, amount: Money, flag: FlagReason, *, returning: bool = False) -> str:
    """Store a payment under review for the open order, or else for the order of the live subscription, and return the
    order's reference.
    """
    now = stage.core.clock().now()
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        plan = await uow.plans.by_soft_id("retabet")
        assert customer is not None
        assert plan is not None
        found = await uow.orders.open_for(customer.id, plan.id)
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        order = found or (await uow.orders.get(live.order_id) if live and live.order_id else None)
        assert order is not None
        payment = Payment.capture(
            provider="memory",
            payment_key="odd",
            customer_id=customer.id,
            order_id=order.id,
            amount=amount,
            is_renewal=False,
            occurred_at=now,
            now=now,
        )
        payment.raise_flag(flag)
        if returning:
            payment.give_back(now)
        await uow.payments.add_if_new(payment)
        uow.record(PaymentFlagged(payment.id, customer.id, order.id, flag, returns=returning))
        await uow.commit()
    return order.reference


async def seen(phone: Phone, message: Message) -> Message:
    (shown,) = [item for item in await phone.messages() if item["id"] == message["id"]]
    return shown


async def test_status_card_removes_the_payment_link_after_payment(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await to_payment(ana)
        await ana.send("/estado")
        card = await ana.said("Pago pendiente")
        assert PAY in buttons(card)
        await bought(stage, ana)
        await ana.said("Pago recibido")

        async def retired() -> bool:
            shown = await seen(ana, card)
            return "Activa" in shown["text"] and PAY not in buttons(shown)

        await until(retired, "the status card is brought up to date")


def leads_on(message: Message) -> list[str]:
    """Return the URLs of a message's link buttons."""
    return [str(button["url"]) for button in buttons(message).values() if button["kind"] == "url"]


async def test_plan_cards_lose_their_buttons_once_the_plan_is_bought_elsewhere(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_retabet")
        card = await ana.said("Retabet")
        await ana.start("plan_retabet")
        left = await ana.said("Retabet", after=card["seq"])
        await ana.press(left, button=next(text for text in buttons(left) if "Volver" in text))
        elsewhere = await until(lambda: _without(ana, left, "Suscribirse"), "the list stands in its place")
        await ana.start("plan_retabet")
        await ana.press(await ana.said("Retabet", after=elsewhere["seq"]), button="Suscribirse")
        await ana.said("Pulsa aquí")
        await bought(stage, ana)
        await ana.said("Pago recibido")

        await until(lambda: ana.lost_its_buttons(card), "the card's buttons are gone")
        assert buttons(await seen(ana, elsewhere))


async def _without(phone: Phone, message: Message, button: str) -> Message | None:
    shown = await seen(phone, message)
    return None if button in " ".join(buttons(shown)) else shown


async def test_new_plan_message_removes_the_buttons_of_the_previous_message(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        first = await to_payment(ana)
        await ana.start("plan_retabet")
        second = await ana.said("Plan Retabet", after=first["seq"])
        assert leads_on(second)

        async def retired() -> bool:
            return not buttons(await seen(ana, first))

        await until(retired, "one message leads to the page")
        await bought(stage, ana)
        await ana.said("Pago recibido")

        async def paid() -> bool:
            return not leads_on(await seen(ana, second))

        await until(paid, "and that one does so no more")


async def test_payment_of_a_wrong_amount_is_not_shown_as_pending(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await ana.send("/estado")
        card = await ana.said("Pago pendiente")
        reference = await flagged(stage, ana, Money(2900, "EUR"), FlagReason.AMOUNT_MISMATCH)
        reported = await ana.said("no es el importe")
        assert f"#{reference}" in reported["text"]

        async def retired() -> bool:
            pages = [await seen(ana, payment), await seen(ana, card)]
            return all("revisando" in page["text"] and PAY not in buttons(page) for page in pages)

        await until(retired, "nothing leads to the page any more")
        await ana.send("/estado")
        status = await ana.said("Recibimos 29,00\xa0€", after=reported["seq"])
        assert "29,99\xa0€" in status["text"]
        assert f"#{reference}" in status["text"]
        assert "Pago pendiente" not in status["text"]
        assert PAY not in buttons(status)


async def test_plan_with_a_payment_under_review_is_not_sold_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await flagged(stage, ana, Money(2900, "EUR"), FlagReason.AMOUNT_MISMATCH)
        reported = await ana.said("no es el importe")
        await ana.start("plan_retabet")
        card = await ana.said("Recibimos 29,00\xa0€", after=reported["seq"])
        assert list(buttons(card)) == ["Ver Planes"]
        await ana.press(payment, data="subscribe_retabet")
        assert "revisando" in (await seen(ana, payment))["text"]
        assert len(stage.gateway.requests) == 1


async def test_refund_of_a_duplicate_payment_is_reported_everywhere_with_the_same_reference(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.said("Pago recibido")
        reference = await flagged(stage, ana, Money(2999, "EUR"), FlagReason.SECOND_CAPTURE, returning=True)
        reported = await ana.said("Te lo devolvemos entero")
        assert f"#{reference}" in reported["text"]
        await ana.send("/estado")
        status = await ana.said("te lo estamos devolviendo", after=reported["seq"])
        assert status["text"].count(f"#{reference}") == 3
        await ana.send("/porque")
        assert f"pago #{reference}" in (await ana.said("¿Por qué tengo acceso?", after=status["seq"]))["text"]


async def test_card_of_a_plan_already_held_shows_its_status(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        await ana.said("Pago recibido")
        await ana.start("plan_retabet")
        card = await ana.said("Este plan ya es tuyo")
        assert "Activa" in card["text"]
        assert list(buttons(card)) == ["Mi suscripción", "Cancelar la suscripción", *GIVING, "⬅️ Volver"]
        await ana.press(card, button="Cancelar la suscripción")
        sure = await ana.said("Mantendrás el acceso", after=card["seq"])
        await ana.press(sure, button="Sí, cancelar")
        await ana.start("plan_retabet")
        canceled = await ana.said("Cancelada, sin más cobros", after=sure["seq"] + 1)
        assert list(buttons(canceled)) == ["Deshacer", "Mi suscripción", *GIVING, "⬅️ Volver"]
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("retabet")
            assert plan is not None
            await uow.plans.save(replace(plan, active=False))
            await uow.commit()
        stage.core.plan_catalog().forget()
        await ana.start("plan_retabet")
        await ana.said("Tu suscripción", after=canceled["seq"])
        assert owned.subscription.id


async def test_card_of_a_plan_already_held_names_no_trial(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.said("Pago recibido")
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("retabet")
            assert plan is not None
            await uow.plans.save(replace(plan, trial_days=7))
            await uow.commit()
        stage.core.plan_catalog().forget()
        await ana.start("plan_retabet")
        card = await ana.said("Este plan ya es tuyo")
        assert "gratis" not in card["text"]


async def test_status_card_replaced_by_another_screen_is_not_overwritten_after_payment(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await ana.send("/estado")
        card = await ana.said("Pago pendiente")
        await ana.press(card, button="🆘 Ayuda")
        await ana.said("/planes", after=card["seq"])
        order = await _open_order(stage, ana)
        async with stage.core.units()() as uow:
            assert await uow.orders.cards(order.id) == [card["id"]]
        await ana.press(card, button="Ver Planes")
        plans = await until(lambda: _without(ana, card, PAY), "the plans replace the card")
        async with stage.core.units()() as uow:
            assert await uow.orders.cards(order.id) == []
        await bought(stage, ana)
        await ana.said("Pago recibido")
        await until(lambda: _without(ana, payment, PAY), "the message with the checkout is brought up to date")
        assert (await seen(ana, card))["text"] == plans["text"]


async def _open_order(stage: Stage, phone: Phone) -> Order:
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        assert customer is not None
        (order,) = await uow.orders.open_of(customer.id)
        return order
