"""Plans in the panel, created and changed with buttons and text only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import Desk, owner, staff, words

DURATIONS = [
    ("cero", "no es un número entero"),
    ("0", "; 0 no vale"),
    ("-3", "; -3 no vale"),
    ("99999", "no vale"),
]
PRICES = [
    ("gratis", "no es un importe"),
    ("-1", "no puede ser negativo"),
    ("9.9999", "más decimales de los que admite EUR"),
    ("99999999999999999999", "demasiado grande"),
    ("9.99 XXQ", "no existe «XXQ»"),
    ("500.5 JPY", "más decimales de los que admite JPY"),
]


async def to_new_plan(desk: Desk) -> None:
    await desk.open()
    await desk.press("📦 Planes")
    await desk.press("➕ Plan nuevo")


async def test_plan_is_created_step_by_step_with_checked_answers(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        assert "Nombre: 200 caracteres" in (await olga.write("x" * 200))["text"]
        asked = await olga.write("Plan <b>Oro</b>  &_*")
        assert "«Plan <b>Oro</b> &_*»" in asked["text"]
        for typed, reported in DURATIONS:
            assert reported in (await olga.write(typed))["text"], typed
        await olga.write("30")
        for typed, reported in PRICES:
            assert reported in (await olga.write(typed))["text"], typed
        assert "¿Qué incluye" in (await olga.write("9,99"))["text"]
        sure = await olga.press("VIP")
        assert "Precio: 9,99\xa0€" in sure["text"], "what the others are sold in, and never silently dollars"
        assert "Duración: 30 días" in sure["text"]
        made = await olga.press("✅ Crear el plan")
        assert "Plan creado" in made["text"]
        assert "Plan <b>Oro</b> &_*" in made["text"]
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("plan-b-oro-b")
        assert plan is not None
        assert (str(plan.price), plan.duration_days, plan.created_by) == ("9.99€", 30, olga.phone.id)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("12,50 €", "12,50\xa0€"), ("$5", "5,00\xa0US$"), ("500 JPY", "500\xa0JPY"), ("0", "0,00\xa0€")],
)
async def test_price_is_read_with_its_currency(stage: Stage, typed: str, shown: str) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Oro")
        await olga.press("90 días")
        await olga.write(typed)
        assert f"Precio: {shown}" in (await olga.press("VIP"))["text"]


async def test_back_button_of_the_plan_confirmation_returns_to_each_question(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Oro")
        await olga.write("30")
        await olga.write("5")
        await olga.press("VIP")
        assert "¿Qué incluye" in (await olga.press("⬅️ Volver"))["text"]
        assert "¿Cuánto cuesta?" in (await olga.press("⬅️ Volver"))["text"]
        assert "¿Cuántos días dura" in (await olga.press("⬅️ Volver"))["text"]
        assert "¿Cómo se llama?" in (await olga.press("⬅️ Volver"))["text"]
        await olga.write("Plata")
        await olga.write("60")
        await olga.write("7")
        sure = await olga.press("VIP")
        assert "Plata" in sure["text"]
        assert "60 días" in sure["text"]
        assert "Planes" in (await olga.press("✖️ Cancelar"))["text"]


async def test_plan_dialogue_survives_a_restart(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Oro")
    async with stage.running():
        await olga.write("30")
        await olga.write("9.99")
        await olga.press("VIP")
    async with stage.running():
        assert "Plan creado" in (await olga.press("✅ Crear el plan"))["text"]


async def test_plan_is_edited_taken_off_sale_and_deleted(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await to_new_plan(olga)
        await olga.write("Oro")
        await olga.write("30")
        await olga.write("9.99")
        await olga.press("VIP")
        await olga.press("✅ Crear el plan")
        await olga.press("✏️ Nombre")
        await olga.write("Oro Fino")
        assert "Oro Fino" in (await olga.press("✅ Confirmar"))["text"]
        await olga.press("💶 Precio")
        await olga.write("12.50")
        assert "12,50\xa0€" in (await olga.press("✅ Confirmar"))["text"]
        await olga.press("✏️ Duración")
        await olga.write("60")
        assert "60 días" in (await olga.press("✅ Confirmar"))["text"]
        await olga.press("✏️ Todo lo demás")
        await olga.press("✏️ Nota")
        assert "201 caracteres; el límite es 200" in (await olga.write("x" * 201))["text"]
        await olga.write("Solo este mes")
        assert "Nota: Solo este mes" in (await olga.press("✅ Confirmar"))["text"]
        await olga.press("✏️ Todo lo demás")
        await olga.press("✏️ Nota")
        await olga.press("Dejar vacío")
        assert "Nota" not in (await olga.press("✅ Confirmar"))["text"]
        assert "no está a la venta" in (await olga.press("🚫 Dejar de vender"))["text"]
        refusing = await olga.press("🎟 Rechazar sus códigos")
        assert "no valen" in refusing["text"]
        card = await olga.press("✅ Poner a la venta")
        sure = await olga.press("🗑 Eliminar")
        assert "para siempre" in sure["text"]
        gone = await olga.press("🗑 Sí, eliminar")
        assert "Oro Fino eliminado" in gone["text"]
        again = await olga.tap(gone, buttons(gone)["➕ Plan nuevo"]["data"])
        assert "Plan nuevo" in again["text"]
        assert card["id"] == gone["id"]


async def test_concurrent_edits_of_a_plan_are_reported(stage: Stage) -> None:
    async with stage.running():
        olga, marta = await owner(stage), await staff(stage, StaffRole.MANAGER)
        for desk in (olga, marta):
            await desk.open()
            await desk.press("📦 Planes")
            await desk.press("Retabet")
        await olga.press("✏️ Duración")
        await olga.write("60")
        await marta.press("✏️ Nombre")
        await marta.write("Retabet Plus")
        await marta.press("✅ Confirmar")
        reported = await olga.press("✅ Confirmar")
        assert "Otra persona (Marta) lo cambió mientras tanto: Nombre" in reported["text"]
        assert "60 días" in reported["text"], "what was typed is kept"
        both = await olga.press("✅ Confirmar")
        assert "Retabet Plus" in both["text"]
        assert "60 días" in both["text"]


async def test_plan_in_use_is_deactivated_instead_of_deleted(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        async with stage.core.units()() as uow:
            plan = await uow.plans.by_soft_id("sportium")
            assert plan is not None
            now = stage.core.clock().now()
            await uow.of(TOKENS_KEY).add_if_new(ActivationToken.make(plan, None, now, now + timedelta(days=30)))
            await uow.commit()
        await olga.open()
        await olga.press("📦 Planes")
        await olga.press("Sportium")
        await olga.press("🗑 Eliminar")
        kind = await olga.press("🗑 Sí, eliminar")
        assert "tiene códigos, compras o suscripciones" in kind["text"]
        assert "no está a la venta" in (await olga.press("🚫 Dejar de vender"))["text"]


async def test_second_deletion_of_a_plan_reports_that_nothing_was_done(stage: Stage) -> None:
    async with stage.running():
        olga, marta = await owner(stage), await staff(stage, StaffRole.MANAGER)
        for desk in (olga, marta):
            await desk.open()
            await desk.press("📦 Planes")
            await desk.press("Sportium")
            await desk.press("🗑 Eliminar")
        assert "eliminado" in (await olga.press("🗑 Sí, eliminar"))["text"]
        assert "No se ha hecho nada" in (await marta.press("🗑 Sí, eliminar"))["text"]


async def test_support_sees_plans_but_cannot_change_them(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.SUPPORT)
        await marta.open()
        plans = await marta.press("📦 Planes")
        assert "➕ Plan nuevo" not in words(plans)
        assert words(await marta.press("Retabet")) == ["🏠 Menú", "⬅️ Volver"]
