"""Gifts in the running bot of an installation with promotions."""

from __future__ import annotations

import pytest

from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner
from tests.integration.bot.test_buying import to_card

promotions = pytest.importorskip("tests.features.promotions.test_chat", reason="promotions are not installed")


async def test_buyer_of_a_gift_is_informed_that_promotions_do_not_apply(stage: Stage) -> None:
    async with stage.running():
        await promotions.made(await owner(stage), "REGALO20", "20 %")
        for code, reported in (("", False), ("promo_REGALO20", True)):
            ana = await stage.person("Ana")
            await ana.start(code)
            if reported:
                await ana.press(await ana.said("Código REGALO20: 20\xa0% menos"), data="plan_select_retabet")
                card = await ana.said("Pagas 23,99\xa0€ en vez de 29,99\xa0€")
            else:
                card = await to_card(ana)
            await ana.press(card, button="Regalar")
            buttons = await ana.said("Lo pagas una sola vez", after=card["seq"])
            assert "29,99\xa0€" in buttons["text"]
            assert ("Tu promoción no se aplica a los regalos" in buttons["text"]) is reported
