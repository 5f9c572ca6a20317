"""Plans restricted to some customers, as shown in the chat."""

from __future__ import annotations

from typing import Any

from subscriptions.domain.entities.service_plan import Buyers, Listing, ServicePlan
from subscriptions.domain.money import Money
from tests.integration.bot.conftest import Message, Phone, Stage, a_plan, buttons

PLANS: dict[str, dict[str, Any]] = {
    "prueba": {"price": Money(0, "EUR"), "recurring": False, "interval": None, "duration_days": 7},
    "estreno": {"buyers": Buyers.NEWCOMERS},
    "extra": {"holders_of": frozenset({"sportium"})},
    "secreto": {"listing": Listing.HIDDEN},
    "club": {"buyers": Buyers.CODE},
}


async def offered(stage: Stage) -> None:
    async with stage.core.units()() as uow:
        for index, (soft_id, rules) in enumerate(PLANS.items(), start=10):
            plan: ServicePlan = a_plan(soft_id, soft_id.title(), position=index, now=stage.core.clock().now(), **rules)
            await uow.plans.save(plan)
        await uow.commit()


def names(message: Message) -> list[str]:
    return [label.split(" · ")[0].lstrip("🎰 ") for label in buttons(message)]


async def listed(phone: Phone) -> list[str]:
    seq = (await phone.messages())[-1]["seq"] if await phone.messages() else 0
    await phone.send("/planes")
    return names(await phone.said("Elige una casa de apuestas", after=seq))


async def card(phone: Phone, soft_id: str, says: str) -> Message:
    await phone.start(f"plan_{soft_id}")
    return await phone.said(says)


async def test_restricted_plan_is_not_listed_and_its_link_gives_the_reason(stage: Stage) -> None:
    async with stage.running():
        await offered(stage)
        ana = await stage.person("Ana")
        assert await listed(ana) == ["Retabet", "Sportium", "Prueba", "Estreno", "Extra"]
        assert "Solo para quien llega por primera vez." in (await card(ana, "estreno", "Plan Estreno"))["text"]
        await card(ana, "secreto", "Plan Secreto - 29.99€")
        refusal = await card(ana, "extra", "Para elegirlo necesitas tener antes: Sportium")
        assert names(refusal)[0] == "Sportium"
        await card(ana, "club", "Club necesita un código")

        free = await card(ana, "prueba", "Una sola vez por persona.")
        await ana.press(free, button="Suscribirse")
        yes = await ana.said("No hay nada que pagar", after=free["seq"])
        await ana.press(
            yes, data=next(item["data"] for item in buttons(yes).values() if "free" in item.get("data", ""))
        )
        await ana.said("Prueba es tuyo", after=yes["seq"])

        assert await listed(ana) == ["Retabet", "Sportium", "Prueba", "Extra"]
        refusal = await card(ana, "estreno", "Estreno es solo para quien llega por primera vez")
        assert names(refusal) == ["Retabet", "Sportium", "Prueba", "Extra"]
