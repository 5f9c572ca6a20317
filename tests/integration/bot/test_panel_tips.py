"""Tips in the panel, from a typed line to the record that customers read."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.bot.conftest import Stage
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk, owner

LINE = "Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | {at}"


def tomorrow(stage: Stage) -> str:
    """An hour from which nothing is far, as one types it."""
    at = (stage.core.clock().now() + timedelta(hours=2)).astimezone(stage.core.policy().zones.home)
    return f"{at:%d/%m/%Y %H:%M}"


async def publish(stage: Stage, desk: Desk) -> None:
    """A tip in one line, for the first of two plans."""
    assert "¿En qué plan?" in (await desk.write(LINE.format(at=tomorrow(stage))))["text"]
    preview = await desk.press("Retabet")
    for said in ("Betis – Sevilla", "Goles · Más de 2,5", "Cuota 1,85", "Stake 3 u", "Nadie lo tiene todavía"):
        assert said in preview["text"], preview["text"]
    assert "Publicado en 🎰 Retabet" in (await desk.press("Sí, publicar"))["text"]


async def test_a_typed_line_becomes_a_tip_with_its_result_in_the_record(stage: Stage) -> None:
    async with stage.running():
        ana, olga = await stage.person("Ana"), await owner(stage)
        owned = await bought(stage, ana)
        await owned.open_channel()
        await olga.open()
        await publish(stage, olga)
        [tip] = await posted(stage, owned.place.id)
        assert "Cuota 1,85" in tip
        await stage.http.post("/clock/advance", json={"hours": 4})
        await olga.open()
        assert "Betis – Sevilla" in (await olga.press("Pronósticos"))["text"]
        await settle(olga)
        await record(ana)
        assert (await posted(stage, owned.place.id))[0].endswith("🏁 Acertado · +2,55 u")
