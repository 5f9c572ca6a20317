"""File opened by a plan: sent to the bot by its owner, delivered once and on request, and refused after the plan's
end.
"""

from __future__ import annotations

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.subscription import PERIOD_OVER
from tests.integration.bot.conftest import Message, Phone, Stage, a_plan, until
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import owner


async def given(phone: Phone, kind: str, times: int) -> list[Message]:
    """Wait until the bot has delivered the given number of files, and return their messages."""

    async def find() -> list[Message] | None:
        notified = [
            each for each in await phone.messages() if each["from"]["is_bot"] and each["text"].startswith("📎 Guía")
        ]
        return notified if len(notified) >= times else None

    found: list[Message] = await until(find, f"{times} of it")
    assert [each["kind"] for each in found] == [kind] * times
    return found


@pytest.mark.parametrize("kind", ["document", "photo"])
async def test_file_of_a_plan_is_sent_once_and_again_on_request_until_access_ends(stage: Stage, kind: str) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("💬 Canales y grupos")
        await olga.press("➕ Añadir contenido")
        await olga.write("Guía")
        await olga.answer_to(await olga.phone.do("send", to=stage.bot.username, text="", kind=kind))
        assert "Guía" in (await olga.press("✅ Confirmar"))["text"]
        plan = a_plan("todo", "Todo", opens=("personal", "guia"), now=stage.core.clock().now())
        async with stage.core.units()() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        ana = await stage.person()
        held = await bought(stage, ana, "todo")
        await given(ana, kind, 1)
        await ana.send("/estado")
        await ana.press(await ana.said("Guía: ✅ lo tienes"), button="📲 Abrir ▸")
        card = await ana.said("¿Qué quieres abrir?")
        await ana.press(card, button="📎 Recibir Guía")
        await given(ana, kind, 2)
        sent = await stage.calls("sendPhoto" if kind == "photo" else "sendDocument")
        assert [str(call["params"]["protect_content"]).lower() for call in sent] == ["true", "true"]
        async with stage.core.units()() as uow:
            over = await uow.subscriptions.get(held.subscription.id, lock=True)
            me = await uow.customers.get(held.subscription.customer_id)
            assert over is not None
            assert me is not None
            over.end(PERIOD_OVER, stage.core.clock().now())
            await uow.subscriptions.save(over)
            await GrantAccess(stage.core.policy()).settle(uow, over, me, plan, stage.core.clock().now())
            await uow.commit()
        await ana.press(card, button="📎 Recibir Guía")
        await ana.said("Eso ya no está incluido en tus planes")
        await given(ana, kind, 2)
