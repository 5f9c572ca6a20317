"""Messages and screens after a payment: notifications, the status card, leaving and returning."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from tests.integration.bot.conftest import Message, Phone, Stage, buttons, until
from tests.integration.bot.owning import bought


async def test_payment_and_invite_are_announced_by_new_messages(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        owned = await bought(stage, ana)
        received = await ana.said("Pago recibido")
        assert "29,99\xa0€" in received["text"]

        await owned.open_channel()
        url = await owned.invite()
        ready = await ana.said("¡Pago recibido! Tu canal exclusivo está listo:")
        assert buttons(ready)["🔗 Unirte al canal Retabet"]["url"] == url


async def test_status_card_shows_each_step_from_no_plan_to_joined_channel(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()

        async def status() -> str:
            last = max((message["seq"] for message in await ana.messages()), default=0)
            await ana.send("/estado")
            await until(lambda: _answered(last), "an answer")
            text: str = (await ana.messages())[-1]["text"]
            return text

        async def _answered(last: int) -> bool:
            return any(item["from"]["is_bot"] and item["seq"] > last + 1 for item in await ana.messages(last))

        assert "Todavía no tienes" in await status()
        owned = await bought(stage, ana)
        await ana.said("Pago recibido")
        card = await status()
        assert "preparándose" in card
        assert "Activa" in card
        assert "Próximo cobro" in card
        assert "Últimos pagos" in card
        await owned.open_channel()
        url = await owned.invite()
        await ana.said("está listo:")
        assert "falta que entres" in await status()
        opened = await ana.do("open", url=url)
        assert opened["result"] == "requested"
        await ana.said("Ya estás dentro")
        assert "✅ estás dentro" in await status()


async def test_open_order_is_shown_with_its_link(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_retabet")
        card = await ana.said("Plan Retabet")
        await ana.press(card, button="Suscribirse")
        await ana.said("Pulsa aquí")
        await ana.send("/estado")
        pending = await ana.said("Pago pendiente")

        assert buttons(pending)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"


async def test_start_command_shows_the_status_to_a_subscriber(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.start()
        card = await ana.said("Tu suscripción")

        assert list(buttons(card)) == ["🔄 Actualizar", "⚙️ Gestionar ▸", "🆘 Ayuda", "Desistir del contrato"]


async def test_expired_link_is_requested_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        await owned.open_channel()
        await owned.invite(timedelta(hours=1))
        await ana.said("está listo:")
        stage.sandbox.world.clock.advance(timedelta(hours=2))

        async def renewed() -> bool:
            await ana.send("/estado")
            return any("preparando uno nuevo" in item["text"] for item in await ana.messages())

        # The product's clock follows the sandbox's within a moment.
        await until(renewed, "a new link is promised")


async def test_plan_already_owned_is_not_sold_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_retabet")
        card = await ana.said("Plan Retabet")
        # The card is still in the chat when the plan is bought in another way.
        await bought(stage, ana)
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            customer.accept_terms("1", stage.core.clock().now())
            await uow.customers.save(customer)
            await uow.commit()
        await ana.press(card, button="Suscribirse")

        assert "Activa" in (await ana.said("Ya tienes este plan"))["text"]
        assert stage.gateway.requests == []


async def test_customer_cancels_with_one_button_gives_a_reason_and_can_undo_the_cancellation(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        card = await ana.said("Mantendrás el acceso hasta el")
        decide = ["confirm_cancel", "cancel_keep_retabet"]
        assert [button["data"] for button in buttons(card).values()][:2] == decide
        await ana.press(card, data="confirm_cancel")
        reported = await ana.said("está cancelada.")
        assert len(buttons(reported)) == 5
        await until(lambda: _gone(ana, card), "the card is taken away")
        await ana.press(reported, button="El precio")
        thanked = await ana.said("Gracias por contárnoslo")
        assert thanked["id"] == reported["id"]

        await ana.press(thanked, button="Deshacer")
        undone = await ana.said("sigue activa")
        later = [each for each in await ana.messages() if each["id"] > thanked["id"] and each["from"]["is_bot"]]
        assert [each["id"] for each in later] == [undone["id"]], "one message, where one will do"

        async def retired() -> bool:
            (before,) = [each for each in await ana.messages() if each["id"] == thanked["id"]]
            return "Gracias por contárnoslo" in before["text"] and not buttons(before)

        await until(retired, "its words stay, its button goes")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            kept = (await uow.subscriptions.of_customer(customer.id))[0]
        assert kept.renews


async def test_undone_cancellation_updates_the_status_card(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        await ana.press(await ana.said("Mantendrás el acceso hasta el"), data="confirm_cancel")
        reported = await ana.said("está cancelada.")
        await ana.send("/estado")
        card = await ana.said("Cancelada, sin más cobros", after=reported["seq"])
        await ana.press(card, button="Deshacer")
        undone = await ana.said("sigue activa")

        async def anew() -> bool:
            (shown,) = [each for each in await ana.messages() if each["id"] == card["id"]]
            return "Activa" in shown["text"] and "Deshacer" not in buttons(shown)

        await until(anew, "the card is shown anew")
        later = [each for each in await ana.messages() if each["id"] > card["id"]]
        assert [each["id"] for each in later] == [undone["id"]]


async def _gone(ana: Phone, message: Message) -> bool:
    return message["id"] not in {each["id"] for each in await ana.messages()}


async def test_customer_who_gives_a_reason_is_offered_an_alternative(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        card = await ana.said("¿Nos dices por qué?")
        await ana.press(card, button="Falta de tiempo")
        offered = await ana.said("guardamos tu canal durante 30 días")
        assert (offered["id"], next(iter(buttons(offered)))) == (card["id"], "Sí, cancelar")
        await ana.press(offered, button="No, seguir como estoy")
        kept = await ana.said("no hemos cancelado nada")
        assert kept["id"] == card["id"]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            mine = (await uow.subscriptions.of_customer(customer.id))[0]
        assert (mine.renews, mine.cancel_reason) == (True, None)


async def test_stale_card_of_another_plan_cancels_nothing(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        card = await ana.said("Mantendrás el acceso hasta el")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            over = (await uow.subscriptions.of_customer(customer.id))[0]
            over.end("expired", stage.core.clock().now())
            await uow.subscriptions.save(over)
            await uow.commit()
        await bought(stage, ana, "sportium")
        await ana.press(card, button="Sí, cancelar")
        assert "Sportium" in (await ana.said("Tu suscripción"))["text"]
        async with stage.core.units()() as uow:
            mine = await uow.subscriptions.of_customer(customer.id)
        assert [each.renews for each in mine if each.id != over.id] == [True]


async def test_second_status_card_loses_its_buttons_after_a_cancellation_on_the_first_card(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        first = await ana.said("Mantendrás el acceso hasta el")
        await ana.send("/cancelar")
        (second,) = await until(lambda: _later(ana, first), "a second card")
        await ana.press(first, button="Sí, cancelar")
        reported = await ana.said("está cancelada.")
        await ana.press(reported, button="El precio")
        await ana.said("Gracias por contárnoslo")
        await until(lambda: ana.lost_its_buttons(second), "the second card's buttons are gone")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            mine = (await uow.subscriptions.of_customer(customer.id))[0]
        assert (mine.renews, mine.cancel_reason) == (False, "price")


async def _later(ana: Phone, first: Message) -> list[Message]:
    return [each for each in await ana.messages() if each["id"] != first["id"] and "Mantendrás" in each["text"]]


async def test_customer_with_several_subscriptions_first_chooses_a_subscription(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await bought(stage, ana, "sportium")
        await ana.send("/cancelar")
        choice = await ana.said("¿Qué suscripción quieres cancelar?")
        assert set(buttons(choice)) == {"🎰 Retabet", "🎰 Sportium", "Mi suscripción"}
        await ana.press(choice, button="Sportium")
        card = await ana.said("Cancelar 🎰 Sportium")
        assert next(iter(buttons(card).values()))["data"] == "confirm_cancel_sportium"
        await ana.press(card, button="Sí, cancelar")
        await ana.said("Tu suscripción a Sportium está cancelada.")


async def test_cancellation_that_the_provider_did_not_confirm_is_reported_as_failed(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.send("/cancelar")
        card = await ana.said("Mantendrás el acceso")
        stage.gateway.errors.append(GatewayUnavailable("memory", "timeout"))
        await ana.press(card, button="Sí, cancelar")
        trouble = await ana.said("No hemos podido cancelar")
        await ana.press(trouble, button="Intentar de nuevo")
        await ana.said("está cancelada.")


async def test_customer_with_nothing_to_cancel_is_informed(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/cancelar")
        await ana.said("No tienes ninguna suscripción que cancelar")
