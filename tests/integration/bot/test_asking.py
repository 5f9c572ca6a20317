"""Questions of an unsure customer: whether a payment was received, and why access exists."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.subscription import DISPUTE
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from tests.integration.bot.conftest import Message, Phone, Stage, buttons, until
from tests.integration.bot.owning import bought
from tests.integration.bot.test_buying import to_payment

PAID = "Ya pagué, verificar"


async def order_of(stage: Stage, phone: Phone) -> str:
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        plan = await uow.plans.by_soft_id("retabet")
        assert customer is not None
        assert plan is not None
        order = await uow.orders.open_for(customer.id, plan.id)
    assert order is not None
    return str(order.id)


async def asked(phone: Phone, payment: Message, words: str) -> Message:
    # By callback data: a phone may still show a button that the bot has just removed.
    await phone.press(payment, data=buttons(payment)[PAID]["data"])
    return await phone.said(words, after=payment["seq"])


async def test_unreported_payment_found_at_the_provider_is_queued_as_an_event(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        event = PaymentEvent(
            kind=PaymentEventKind.PAYMENT_COMPLETED,
            provider="memory",
            event_key="fetched:session-1",
            raw_type="session",
            occurred_at=stage.core.clock().now(),
            livemode=False,
            payment_key="pay-1",
            order_id=await order_of(stage, ana),
            amount=Money(2999, "EUR"),
        )
        stage.gateway.checkouts["session-1"] = CheckoutState(paid=True, expired=False, event=event)
        reported = await asked(ana, payment, "Hemos encontrado tu pago")

        assert "No pagues otra vez" in reported["text"]
        assert list(buttons(reported)) == ["🔄 Actualizar"]
        async with stage.core.engine().connect() as database:
            rows = await database.exec_driver_sql("SELECT event_key, status FROM webhook_inbox")
            assert [tuple(row) for row in rows] == [("fetched:session-1", "pending")]


async def test_unpaid_order_is_reported_with_its_payment_link(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        stage.gateway.checkouts["session-1"] = CheckoutState(paid=False, expired=False, event=None)
        reported = await asked(ana, payment, "Aún no nos consta")

        assert list(buttons(reported)) == ["Ir a pago seguro", "🔁 Abrir otra página de pago", PAID, "⬅️ Volver"]
        assert buttons(reported)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"


async def test_pending_payment_is_reported_without_a_payment_link(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        stage.gateway.checkouts["session-1"] = CheckoutState(paid=False, expired=False, event=None, pending=True)
        reported = await asked(ana, payment, "está en proceso")

        assert "No pagues otra vez" in reported["text"]
        assert "Ir a pago seguro" not in buttons(reported)


async def test_unreachable_provider_is_reported_and_queried_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        stage.gateway.errors.append(GatewayUnavailable("memory", "timeout"))
        reported = await asked(ana, payment, "no responde")

        assert "no pagues otra vez" in reported["text"]
        await ana.press(reported, button="Intentar de nuevo")
        await ana.said("Aún no nos consta", after=reported["seq"])


async def test_old_payment_button_shows_the_subscription_status_after_the_payment(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await bought(stage, ana)
        await ana.said("Pago recibido")
        reported = await asked(ana, payment, "Tu suscripción")

        assert "Activa" in reported["text"]


async def test_customer_opens_the_explanation_of_access_by_command_and_by_button(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        now = stage.core.clock().now()
        gift = LedgerEntry(
            subscription_id=owned.subscription.id,
            kind=LedgerKind.COMPENSATION,
            source_key="gift",
            starts_at=now + timedelta(days=1),
            length=timedelta(days=2),
            created_at=now,
        )
        async with stage.core.units()() as uow:
            await uow.ledger.add_if_new(gift)
            await uow.commit()
        await ana.send("/porque")
        reported = await ana.said("¿Por qué tengo acceso?")

        assert "pago #" in reported["text"]
        assert "+1 mes" in reported["text"] or "+30 días" in reported["text"]
        assert "días que estuviste sin acceso, +2 días" in reported["text"]
        await ana.send("/estado")
        card = await ana.said("Últimos pagos")
        await ana.press(card, button="Gestionar")
        below = await ana.said("Gestionar", after=card["seq"])
        await ana.press(below, button="¿Por qué?")
        again = await ana.said("¿Por qué tengo acceso?", after=below["seq"])
        await ana.press(again, button="Volver")
        await ana.said("Últimos pagos", after=again["seq"])


async def test_explanation_of_a_paused_access_gives_the_reason(stage: Stage) -> None:
    async with stage.running():
        ann = await stage.person("Ann", language_code="en")
        await ann.start()
        await ann.said("Welcome")
        owned = await bought(stage, ann)
        async with stage.core.units()() as uow:
            kept = await uow.subscriptions.get(owned.subscription.id, lock=True)
            assert kept is not None
            kept.pause(DISPUTE, stage.core.clock().now())
            await uow.subscriptions.save(kept)
            await uow.commit()
        await ann.send("/why")
        reported = await ann.said("Why do I have access?")

        await ann.send("/status")
        await ann.said("Your subscription")
        assert "Paused while the bank resolves a dispute" in reported["text"]


async def test_checkout_message_loses_its_link_after_the_payment(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await bought(stage, ana)
        await ana.said("Pago recibido")

        async def retired() -> bool:
            (shown,) = [item for item in await ana.messages() if item["id"] == payment["id"]]
            return "✅ Pagado · Pedido #" in shown["text"] and not shown.get("buttons")

        await until(retired, "the pay message is retired")


async def test_uneditable_checkout_message_does_not_stop_the_notification(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await to_payment(ana)
        await stage.faults({"on": "bot_api", "do": "error", "code": 400, "method": "editMessageText"})
        await bought(stage, ana)
        await ana.said("Pago recibido")
