"""Number of taps of a purchase, including the first message and the press that pays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import Capability
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Message, Phone, Stage, buttons, until
from tests.integration.bot.owning import bought

PAY: Final = "Ir a pago seguro"
SUBSCRIBE: Final = "💳 Suscribirse"
OTHERWISE: Final = "🔁 Pagar de otra forma"
PRESSED_AT_THE_PROVIDERS: Final = 1


class Walk:
    """Customer who takes the shortest path to a plan, with a count of the taps."""

    def __init__(self, phone: Phone, plan: str, method: str) -> None:
        self._phone, self._plan, self._method = phone, plan, method
        self.taps = 0
        self.url = ""

    async def go(self, first: str) -> int:
        """Go from a first message to the paid page, and return the number of taps."""
        last = max((item["seq"] for item in await self._phone.messages()), default=0)
        await self._phone.send(first)
        self.taps = 1
        while True:
            shown = await self._next(last)
            last = shown["seq"]
            name, checkout_url = self._choice(shown) or ("", "")
            self.taps += 1
            if checkout_url:
                self.url = checkout_url
                return self.taps + PRESSED_AT_THE_PROVIDERS
            await self._phone.press(shown, button=name)

    async def _next(self, after: int) -> Message:
        async def newest() -> Message | None:
            notified = [item for item in await self._phone.messages(after, wait_s=1) if self._choice(item)]
            return notified[-1] if notified else None

        found: Message = await until(newest, "an answer")
        return found

    def _choice(self, shown: Message) -> tuple[str, str] | None:
        """Return the button that continues the purchase, and its address if the button is a payment link."""
        offered = buttons(shown)
        wanted: list[Callable[[str], bool]] = [
            lambda text: text == PAY,
            lambda text: text == SUBSCRIBE,
            lambda text: text.startswith(self._method),
            lambda text: self._plan in text,
            lambda text: text == "Ver Planes",
        ]
        name = next((text for fits in wanted for text in offered if fits(text)), None)
        return (name, offered[name].get("url") or "") if name else None


async def known(stage: Stage, phone: Phone) -> None:
    """Accept the terms as the customer and pay for another plan."""
    await Walk(phone, "Sportium", "Pago memory").go("/start")
    await bought(stage, phone, "sportium")
    await phone.said("Pago recibido")


@pytest.mark.parametrize(
    ("ways", "comes", "first", "wanted"),
    [
        (4, "new", "/start", 5),
        (4, "new", "/start plan_retabet", 4),
        (4, "back", "/planes", 4),
        (1, "new", "/start", 5),
        (1, "new", "/start plan_retabet", 4),
        (1, "back", "/planes", 4),
    ],
)
async def test_purchase_takes_four_or_five_taps(stage: Stage, ways: int, comes: str, first: str, wanted: int) -> None:
    for number in range(2, ways + 1):
        stage.gateways.gateways[f"way_{number}"] = MemoryGateway(stage.core.clock(), name=f"way_{number}")
    async with stage.running():
        ana = await stage.person()
        if comes == "back":
            await known(stage, ana)
        walk = Walk(ana, "Retabet", "Pago memory")

        assert (await walk.go(first), walk.url.split("/")[3]) == (wanted, "memory")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        assert customer.has_accepted(stage.core.policy().terms_version)


async def test_returning_customer_pays_with_the_last_provider_and_can_choose_another_provider(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await known(stage, ana)
        second = MemoryGateway(stage.core.clock(), name="second_way")
        stage.gateways.gateways = {"second_way": second, **stage.gateways.gateways}
        await Walk(ana, "Retabet", "-").go("/planes")
        card = await ana.said("Plan Retabet")
        assert [text.split(" · ")[0] for text in buttons(card)][:4] == [
            SUBSCRIBE,
            PAY,
            "Pago second_way",
            "Ya pagué, verificar",
        ]
        await ana.press(card, button=SUBSCRIBE)
        pay_screen = await ana.said("Pulsa aquí")
        assert buttons(pay_screen)[PAY]["url"].startswith("https://pay.example/memory/")
        await ana.press(pay_screen, button=OTHERWISE)
        choice = await ana.said("¿Cómo quieres pagar?", after=pay_screen["seq"])

        assert [text.split(" · ")[0] for text in buttons(choice)] == ["Pago memory", "Pago second_way", "⬅️ Volver"]
        assert "aceptas" not in choice["text"]


async def test_last_provider_without_a_price_leads_to_the_other_providers(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await known(stage, ana)
        stage.gateway.capabilities |= {Capability.PRICE_OBJECTS}
        stage.gateways.gateways["second_way"] = MemoryGateway(stage.core.clock(), name="second_way")
        await ana.start("plan_retabet")
        await ana.press(await ana.said("Plan Retabet"), button=SUBSCRIBE)
        choice = await ana.said("¿Cómo quieres pagar?")

        assert [text.split(" · ")[0] for text in buttons(choice)] == ["Pago second_way", "⬅️ Volver"]


async def test_changed_terms_must_be_accepted_again(stage: Stage) -> None:
    stage.gateways.gateways["second_way"] = MemoryGateway(stage.core.clock(), name="second_way")
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_retabet")
        old = await ana.said("Plan Retabet")
        assert "Al suscribirte aceptas" in old["text"]
    stage.core.policy.override(replace(stage.core.policy(), terms_version="2"))
    async with stage.running():
        await ana.press(old, button="Pago second_way")
        again = await ana.said("Al elegir aceptas", after=old["seq"])
        assert stage.gateway.requests == []
        await ana.press(again, data="pay_memory_retabet")
        await ana.said("Pulsa aquí")


async def test_payment_button_prepared_in_advance_causes_no_payment_reminder(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await known(stage, ana)
        await ana.send("/planes")
        await ana.press(await ana.said("Elige una casa de apuestas:"), button="Retabet")
        card = await ana.said("«Ir a pago seguro» lleva directamente al pago")
        assert list(buttons(card)) == [SUBSCRIBE, PAY, "Ya pagué, verificar", "🎁 Regalar", "⬅️ Volver"]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            (order,) = await uow.orders.open_of(customer.id)
        assert not order.asked
        await ana.press(card, data="subscribe_retabet")
        await ana.said("Pulsa aquí")
        async with stage.core.units()() as uow:
            (order,) = await uow.orders.open_of(customer.id)
        assert order.asked
