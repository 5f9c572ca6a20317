"""Plans of every kind, created and changed in one dialogue of the panel."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.texts import texts_for
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS, QuestionKind
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import owner
from tests.integration.bot.test_panel_selling import to_new_plan

BY_KIND: Final = {
    QuestionKind.LINE: ("Solo  hoy", "Solo hoy"),
    QuestionKind.TEXT: ("Todo\nincluido",) * 2,
    QuestionKind.NUMBER: ("3", 3),
}
ANSWERS: Final = {name: BY_KIND[field.question] for name, field in FIELD_QUESTIONS.items() if field.question in BY_KIND}
"""Typed answer and stored value for each field that any plan may have."""


async def test_plan_of_any_kind_is_previewed_before_saving(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Trimestre")
        await olga.write("cada 3 meses")
        asked = await olga.write("59,90")
        assert "¿Qué incluye" in asked["text"], "nothing is opened that nobody named"
        await olga.press("un canal propio")
        for name, (answer, _) in ANSWERS.items():
            await olga.press(f"✏️ {texts_for('es').plain(f'forms.plan_new.field.{name}')}")
            await olga.write(answer)
        await olga.press("✏️ Incluye")
        await olga.write("nada, vip")
        assert "no existe o está retirado" in (await olga.press("✅ Crear el plan"))["text"]
        await olga.write("vip, personal")
        await olga.press("✏️ Por forma de pago")
        refused = await olga.write("paloma 5 EUR")
        assert "esa no existe, o no admite esa moneda" in refused["text"]
        await olga.write("memory 65 USD")
        await olga.press("✏️ En inglés")
        seen = await olga.write("Quarter\nEverything included")
        for words_seen in ("59,90\xa0€ cada 3 meses", "Todo\nincluido", "€59.90 every 3 months", "Everything included"):
            assert words_seen in seen["text"]
        async with stage.core.units()() as uow:
            assert await uow.plans.by_soft_id("trimestre") is None, "not before it is confirmed"
        made = await olga.press("✅ Crear el plan")
        assert "Todavía no se puede comprar" in made["text"]
        assert "aún no se puede entrar en VIP" in made["text"], "it says why"
        listed = await olga.press("⬅️ Volver")
        assert any("⚠️" in button and "Trimestre" in button for button in buttons(listed))
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("trimestre")
            assert plan is not None
            price = await uow.plans.price_at(plan.id, "memory")
        assert (plan.interval, plan.interval_count, plan.opens) == (Interval.MONTH, 3, ("vip", "personal"))
        assert {name: getattr(plan, name) for name in ANSWERS} == {name: value for name, (_, value) in ANSWERS.items()}
        assert plan.texts == {"en": {"name": "Quarter", "description": "Everything included"}}
        assert price is not None
        assert price.price == Money(6500, "USD")


async def test_plan_can_become_lifetime_and_an_edited_field_can_stay_unchanged(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("📦 Planes")
        await olga.press("Retabet")
        await olga.press("✏️ Todo lo demás")
        await olga.press("✏️ Precio")
        assert "29,99\xa0€" in (await olga.press("⬅️ Volver"))["text"]
        await olga.press("✏️ Duración")
        seen = await olga.press("para siempre")
        assert "29,99\xa0€ · para siempre" in seen["text"]
        assert "para siempre" in (await olga.press("✅ Confirmar"))["text"]


async def test_last_day_of_a_plan_is_accepted_for_one_time_plans_only(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Pase de verano")
        await olga.press("cada mes")
        await olga.write("49")
        await olga.press("VIP")
        await olga.press("✏️ Último día")
        assert "no es una fecha" in (await olga.write("junio"))["text"]
        assert "no lo tiene" in (await olga.write("30/06/2027"))["text"]
        await olga.press("Dejar vacío")
        await olga.press("✏️ Duración")
        await olga.press("para siempre")
        await olga.press("✏️ Último día")
        seen = await olga.write("30/06/2027")
        assert "49,00\xa0€ · hasta el 30 jun 2027" in seen["text"]
        made = await olga.press("✅ Crear el plan")
        assert "Último día: 30 jun 2027" in made["text"]
    async with stage.core.units()() as uow:
        plan = await uow.plans.by_soft_id("pase-de-verano")
    assert plan is not None
    assert plan.ends_on == date(2027, 6, 30)
