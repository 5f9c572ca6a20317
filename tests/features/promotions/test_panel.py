"""A discount for a limited time, created in the panel of the chat with few button presses."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from tests.integration.bot.conftest import Stage
from tests.integration.bot.test_panel_jobs import operator


async def test_promotion_of_twenty_percent_for_a_week_is_created(stage: Stage) -> None:
    async with stage.running():
        olga, phone = await operator(stage)
        with phone.job():
            await olga.write("/admin promociones")
            await olga.press("Nueva promoción")
            await olga.write("SEMANA20")
            await olga.write("20 %")
            await olga.press("Todos")
            await olga.write("7")
            await olga.press("✅ Confirmar")
    async with stage.core.units()() as uow:
        made = await uow.of(DISCOUNTS_KEY).by_code("SEMANA20")
    assert made is not None
    assert made.expires_at is not None
    lasts = made.expires_at - made.created_at
    assert (made.percent, timedelta(days=6) < lasts < timedelta(days=8)) == (20, True)
