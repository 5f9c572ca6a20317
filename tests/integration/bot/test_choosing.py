"""Choice of a provider within one message, and an owner who enables, sorts and tests the providers."""

from __future__ import annotations

from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import owner, words
from tests.integration.bot.test_buying import to_card, to_payment

OTHERWISE = "🔁 Pagar de otra forma"


def with_a_second(stage: Stage) -> None:
    stage.gateways.gateways["second_way"] = MemoryGateway(stage.core.clock(), name="second_way")


async def with_its_own_price(stage: Stage) -> None:
    async with stage.core.units()() as uow:
        plan = await uow.plans.by_soft_id("retabet")
        assert plan is not None
        price = PlanPaymentPrice(
            plan_id=plan.id, provider="second_way", external_price_id=None, price=Money(1500, "XTR")
        )
        await uow.plans.save_price(price)
        await uow.commit()


async def test_each_provider_shows_its_price_and_another_provider_can_be_chosen(stage: Stage) -> None:
    with_a_second(stage)
    await with_its_own_price(stage)
    async with stage.running():
        ana = await stage.person("Ana")
        card = await to_card(ana)
        assert words(card)[:2] == ["💳 Suscribirse", "Pago second_way · 1500\xa0⭐ · al instante"]
        await ana.press(card, button="Pago second_way")
        pay_screen = await ana.said("Pulsa aquí", after=card["seq"])
        assert words(pay_screen) == ["Ir a pago seguro", OTHERWISE, "Ya pagué, verificar", "⬅️ Volver"]
        await ana.press(pay_screen, button=OTHERWISE)
        again = await ana.said("¿Cómo quieres pagar?", after=pay_screen["seq"])
        assert words(again) == [
            "Pago memory · 29,99\xa0€ · al instante",
            "Pago second_way · 1500\xa0⭐ · al instante",
            "⬅️ Volver",
        ]
        await ana.press(again, data="pay_memory_retabet")
        other = await ana.said("Pulsa aquí", after=again["seq"])
        assert buttons(other)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"
        # The same message throughout, and one order with a checkout at each of the two providers.
        assert len({item["id"] for item in (card, pay_screen, again, other)}) == 1
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            orders = await uow.orders.open_of(customer.id)
            attempts = [item.provider for order in orders for item in await uow.orders.attempts(order.id)]
        assert sorted(attempts) == ["memory", "second_way"]


async def test_choice_of_a_provider_is_skipped_if_there_is_only_one(stage: Stage) -> None:
    async with stage.running():
        payment = await to_payment(await stage.person("Ana"))
        assert words(payment) == ["Ir a pago seguro", "Ya pagué, verificar", "⬅️ Volver"]


async def test_owner_tests_enables_and_reorders_providers_in_the_panel(stage: Stage) -> None:
    with_a_second(stage)
    stage.gateways.wrong["second_way"] = [("SECOND_SECRET", "is nonsense; put the secret here")]
    async with stage.running():
        ana, olga = await stage.person("Ana"), await owner(stage)
        await olga.open()
        # An alarm reports the misconfiguration too, with a button of that name; the panel must be told apart from both.
        panel = await olga.having("👥")
        await olga.tap(panel, "a:methods")
        listed = await olga.having("Pago memory")
        assert words(listed) == ["Pago memory", "Pago second_way", "⬅️ Volver"]
        card = await olga.press("Pago second_way")
        assert "❌ SECOND_SECRET: is nonsense" in card["text"]

        await olga.press("⬅️ Volver")
        rule = await olga.press("Pago memory")
        assert "apps de iOS y Android" in rule["text"]
        assert "TELEGRAM_CURRENCY_ALONE_ON_PHONES=on" in rule["text"]
        off = await olga.press("⏸ Desactivar")
        assert "los clientes ya no ven su botón" in off["text"]
        payment = await to_payment(ana)
        assert buttons(payment)["Ir a pago seguro"]["url"] == "https://pay.example/second_way/1"

        reported = await olga.press("🧪 Pago de prueba")
        assert "Está en modo de pruebas" in reported["text"]
        refused = await olga.press("🎰 Retabet · 29,99\xa0€")
        assert "Acepta antes los términos" in refused["text"]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(olga.phone.id), lock=True)
            assert customer is not None
            customer.accept_terms("1", stage.core.clock().now())
            await uow.customers.save(customer)
            await uow.commit()
        await olga.press("🧪 Pago de prueba")
        pay_screen = await olga.press("🎰 Retabet · 29,99\xa0€")
        assert buttons(pay_screen)["Ir a pago seguro"]["url"] == "https://pay.example/memory/1"

        await olga.press("⬅️ Volver")
        on = await olga.press("▶️ Activar")
        assert "los clientes ya ven su botón" in on["text"]
        moved = await olga.press("⬇️ Bajar")
        assert words(moved) == ["Pago second_way", "Pago memory", "⬅️ Volver"]


async def test_button_of_a_disabled_provider_leads_to_the_other_providers(stage: Stage) -> None:
    with_a_second(stage)
    async with stage.running():
        ana, olga = await stage.person("Ana"), await owner(stage)
        card = await to_card(ana)
        await olga.open()
        for button in ("💶 Dinero", "💳 Formas de pago", "Pago second_way", "⏸ Desactivar"):
            await olga.press(button)
        await ana.press(card, button="Pago second_way")
        gone = await ana.said("Esa forma de pago no está disponible ahora", after=card["seq"])
        assert words(gone) == ["Pago memory · 29,99\xa0€ · al instante", "⬅️ Volver"]
        assert stage.gateways.gateways["second_way"].requests == []
