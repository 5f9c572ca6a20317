"""The purchase in the chat, from /start to the payment page."""

from __future__ import annotations

import structlog

from subscriptions.bootstrap.owner_code import new_code
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRejected, GatewayUnavailable
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Message, Phone, Stage, buttons


async def to_card(phone: Phone) -> Message:
    await phone.start()
    welcome = await phone.said("Bienvenido")
    await phone.press(welcome, button="Ver Planes")
    plans = await phone.said("Elige una casa de apuestas:")
    await phone.press(plans, button="Retabet")
    return await phone.said("Plan Retabet - 29.99€/mes")


async def to_payment(phone: Phone) -> Message:
    card = await to_card(phone)
    assert "mayor de 18 años" in card["text"]
    await phone.press(card, button="Suscribirse")
    return await phone.said("Pulsa aquí para completar el pago:")


async def test_customer_gets_from_welcome_to_payment_link_within_one_message(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana", username="ana_k")
        payment = await to_payment(ana)

        link = buttons(payment)["Ir a pago seguro"]
        assert link["kind"] == "url"
        assert link["url"] == "https://pay.example/memory/1"
        assert [item["from"]["is_bot"] for item in await ana.messages()] == [False, True]
        request = stage.gateway.requests[0]
        assert (request.telegram_id, request.plan, request.amount.minor) == (ana.id, "retabet", 2999)


async def test_plan_list_shows_every_plan_with_its_price(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/planes")
        plans = await ana.said("Elige una casa de apuestas:")

        assert list(buttons(plans)) == ["🎰 Retabet · 29,99\xa0€/mes", "🎰 Sportium · 29,99\xa0€/mes"]


async def test_plan_card_has_a_subscribe_button_and_a_back_button(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        card = await to_card(ana)

        assert "Recibe alertas de valor en tiempo real" in card["text"]
        assert list(buttons(card)) == ["💳 Suscribirse", "🎁 Regalar", "⬅️ Volver"]
        await ana.press(card, button="Volver")
        await ana.said("Elige una casa de apuestas:", after=card["seq"])


async def test_card_of_a_plan_with_several_providers_lists_the_other_providers_below_the_first(stage: Stage) -> None:
    for name in ("second_way", "third_way"):
        stage.gateways.gateways[name] = MemoryGateway(stage.core.clock(), name=name)
    async with stage.running():
        ana = await stage.person()
        card = await to_card(ana)

        assert "Con «Suscribirse» pagas con Pago memory · 29,99\xa0€" in card["text"]
        of_the_core = {text: each["data"] for text, each in buttons(card).items() if text != "🎁 Regalar"}
        assert [(text, data.partition("~")[0]) for text, data in of_the_core.items()] == [
            ("💳 Suscribirse", "subscribe_retabet"),
            ("Pago second_way · 29,99\xa0€ · al instante", "pay_second_way_retabet"),
            ("Pago third_way · 29,99\xa0€ · al instante", "pay_third_way_retabet"),
            ("⬅️ Volver", "back_to_plans"),
        ]
        await ana.press(card, button="Pago third_way")
        payment = await ana.said("Pulsa aquí", after=card["seq"])
        assert buttons(payment)["Ir a pago seguro"]["url"] == "https://pay.example/third_way/1"


async def test_customer_is_asked_to_accept_the_terms_once(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await ana.press(payment, button="Volver")
        card = await ana.said("Plan Retabet", after=payment["seq"])

        assert "mayor de 18 años" not in card["text"]
        assert buttons(card)["💳 Suscribirse"]["data"] == "subscribe_retabet"
        assert buttons(card)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        assert customer.has_accepted("1")


async def test_customer_can_choose_among_providers_listed_with_price_and_speed(stage: Stage) -> None:
    stage.gateways.gateways["second_way"] = MemoryGateway(stage.core.clock(), name="second_way")
    async with stage.running():
        ana = await stage.person()
        card = await to_card(ana)
        assert "Al suscribirte aceptas" in card["text"]
        await ana.press(card, button="Suscribirse")
        pay_screen = await ana.said("Pulsa aquí", after=card["seq"])
        assert buttons(pay_screen)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"
        await ana.press(pay_screen, button="Pagar de otra forma")
        choice = await ana.said("¿Cómo quieres pagar?")

        assert "aceptas" not in choice["text"]
        assert list(buttons(choice)) == [
            "Pago memory · 29,99\xa0€ · al instante",
            "Pago second_way · 29,99\xa0€ · al instante",
            "⬅️ Volver",
        ]
        await ana.press(choice, button="Pago second_way")
        payment = await ana.said("Pulsa aquí", after=choice["seq"])
        assert buttons(payment)["Ir a pago seguro"]["url"] == "https://pay.example/second_way/1"


async def test_unresponsive_provider_is_reported_with_the_order_and_a_next_step(stage: Stage) -> None:
    stage.gateway.errors.append(GatewayUnavailable("memory", "timeout"))
    async with stage.running():
        ana = await stage.person()
        card = await to_card(ana)
        await ana.press(card, button="Suscribirse")
        trouble = await ana.said("no responde en este momento")

        assert "Pedido #" in trouble["text"]
        await ana.press(trouble, button="Intentar de nuevo")
        await ana.said("Pulsa aquí", after=trouble["seq"])


async def test_refusal_by_the_provider_is_reported_to_customer_and_owners(stage: Stage) -> None:
    stage.gateway.errors.append(GatewayRejected("memory", "no such price"))
    async with stage.running():
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        await olga.said("Bienvenido")
        ana = await stage.person()
        card = await to_card(ana)
        await ana.press(card, button="Suscribirse")
        trouble = await ana.said("no acepta este plan")

        assert "Pedido #" in trouble["text"]
        alarm = await olga.said("rechaza un plan")
        assert "Plan: Retabet" in alarm["text"]


async def test_button_of_a_deactivated_plan_leads_back_to_the_list(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        card = await to_card(ana)
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("retabet")
            assert plan is not None
            plan.active = False
            await uow.plans.save(plan)
            await uow.commit()
        stage.core.plan_catalog().forget()
        await ana.press(card, button="Suscribirse")
        reported = await ana.said("no está a la venta")

        assert list(buttons(reported)) == ["Ver Planes"]
        await ana.press(reported, button="Ver Planes")
        rest = await ana.said("Plan Sportium", after=reported["seq"])
        assert list(buttons(rest)) == ["💳 Suscribirse", "Ir a pago seguro", "Ya pagué, verificar", "🎁 Regalar"], (
            "one plan needs no list, and leads back to none"
        )


async def test_refused_button_press_is_logged_with_its_order(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        await ana.press(payment, button="Volver")
        card = await ana.said("Plan Retabet", after=payment["seq"])
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("retabet")
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert plan is not None
            assert customer is not None
            order = await uow.orders.open_for(customer.id, plan.id)
            plan.active = False
            await uow.plans.save(plan)
            await uow.commit()
        stage.core.plan_catalog().forget()
        assert order is not None
        with structlog.testing.capture_logs() as logs:
            await ana.press(card, data="subscribe_retabet")
            await ana.said("no está a la venta", after=card["seq"])

        refusal = next(line for line in logs if line["event"] == "checkout refused")
        assert (refusal["order"], refusal["plan"]) == (order.reference, "retabet")


async def test_customer_is_informed_if_no_provider_is_available(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        payment = await to_payment(ana)
        stage.gateways.gateways.clear()
        await ana.press(payment, button="Volver")
        card = await ana.said("Plan Retabet", after=payment["seq"])
        await ana.press(card, button="Suscribirse")

        assert "⬅️ Volver" in buttons(await ana.said("no hay ninguna forma de pago"))


async def test_english_customer_is_answered_in_english(stage: Stage) -> None:
    async with stage.running():
        ann = await stage.person("Ann", language_code="en-GB")
        await ann.start()
        welcome = await ann.said("Welcome to Retador")

        assert list(buttons(welcome)) == ["🎰 Retabet · €29.99/month", "🎰 Sportium · €29.99/month", "See plans"]


async def test_deep_link_opens_the_plan(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_sportium")
        await ana.said("Plan Sportium - 29.99€/mes")


async def test_campaign_of_a_deep_link_is_stored(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("src_instagram")
        await ana.said("Bienvenido")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))

        assert customer is not None
        assert customer.source == "instagram"


async def test_setup_link_opened_in_the_bot_by_the_owner_shows_the_welcome_message(stage: Stage) -> None:
    """The setup wizard reads the owner's start link itself, unless a stranger wrote to the bot before the owner. In
    that case the bot receives the link.
    """
    async with stage.running():
        olga = await stage.person()
        await olga.start(new_code())
        assert "Ver Planes" in buttons(await olga.said("Bienvenido"))


async def test_unknown_start_link_and_unknown_text_are_answered_with_buttons(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start("nothing_we_know")
        assert list(buttons(await ana.said("Ese código no está completo"))) == ["Ver Planes"]
        await ana.send("¿hola?")

        assert list(buttons(await ana.said("No he entendido"))) == ["Ver Planes", "🆘 Ayuda"]


async def test_customer_whose_name_contains_markup_gets_a_payment_link(stage: Stage) -> None:
    async with stage.running():
        odd = await stage.person("<b>&_*😀" + "x" * 50)
        payment = await to_payment(odd)

        assert "Ir a pago seguro" in buttons(payment)
