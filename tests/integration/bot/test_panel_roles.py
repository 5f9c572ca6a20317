"""Permissions in the panel, which are checked at each press."""

from __future__ import annotations

import re

import pytest

from subscriptions.domain.entities.console_visit import seal
from subscriptions.domain.entities.customer import StaffRole
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import appoint, audited, owner, staff, words
from tests.support.features import runs


@pytest.mark.skipif(not runs("broadcasts") or not runs("figures"), reason="a section has pages of features alone")
async def test_owners_panel_has_the_sections_in_order(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        panel = await olga.open()
        assert "Panel de Retador" in panel["text"]
        assert "propietario" in panel["text"]
        assert words(panel)[-8:] == [
            "☀️ Hoy",
            "👥 Clientes",
            "💶 Dinero",
            "🏷 Oferta",
            "💬 Chats",
            "📣 Mensajes",
            "📊 Cifras",
            "⚙️ Ajustes",
        ]
        assert "🛡 Equipo" in words(await olga.press("⚙️ Ajustes"))


@pytest.mark.parametrize(
    ("role", "sees", "lacks"),
    [
        (StaffRole.MANAGER, {"📱 Cuentas"}, {"🛡 Equipo", "⭐ Canal VIP", "⚙️ Ajustes"}),
        (
            StaffRole.SUPPORT,
            {"👥 Clientes", *(["📦 Planes"] if runs("promotions") else [])},
            {"📱 Cuentas", "🛡 Equipo"},
        ),
    ],
)
async def test_each_role_has_its_own_home_screen(
    stage: Stage, role: StaffRole, sees: set[str], lacks: set[str]
) -> None:
    async with stage.running():
        marta = await staff(stage, role)
        home = await marta.open()
        shown = set(words(home))
        for name, button in buttons(home).items():
            if button["data"].startswith("a:menu:"):
                await marta.open()
                shown |= set(words(await marta.press(name)))
        assert sees <= shown
        assert not lacks & shown


async def test_each_page_leads_back_to_the_section_it_was_opened_from(stage: Stage) -> None:
    strays = []
    async with stage.running():
        olga = await owner(stage)
        first = await olga.open()
        menus = [each["data"] for each in buttons(first).values() if each["data"].startswith("a:menu:")]
        for menu in menus:
            origin = await olga.tap(first, menu)
            for page in [each["data"] for each in buttons(origin).values()][:-1]:
                shown = await olga.tap(first, page)
                came = await olga.tap(shown, list(buttons(shown).values())[-1]["data"])
                if words(came) != words(origin):
                    strays.append(page)
    assert len(menus) >= 3
    assert strays == []


async def test_stranger_gets_the_same_answer_as_for_an_unknown_command(stage: Stage) -> None:
    async with stage.running():
        eva = await staff(stage, None)
        answer = await eva.open()
        unknown = await eva.write("/nothing")
        assert (answer["text"], words(answer)) == (unknown["text"], words(unknown))


async def test_press_after_the_loss_of_the_role_is_refused(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.MANAGER)
        await marta.open()
        await appoint(stage, marta.phone, None)
        answer = await marta.press("☀️ Hoy")
        assert "Ya no tienes acceso" in answer["text"]
        assert words(answer) == []
        assert [line.actor for line in await audited(stage, "alarm.see")] == [str(marta.phone.id)]


async def test_command_beyond_a_reduced_role_is_refused_with_the_required_role(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.MANAGER)
        await marta.open()
        await marta.press("💬 Chats")
        await appoint(stage, marta.phone, StaffRole.SUPPORT)
        answer = await marta.press("📱 Cuentas")
        assert "Tu rol es soporte; esto requiere ser gestor" in answer["text"]


async def test_owner_grants_and_removes_a_role(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, None)
        olga = await owner(stage)
        await olga.open()
        await olga.press("🛡 Equipo")
        await olga.press("👥 Clientes")
        assert "12345" in (await olga.write("12345"))["text"]
        for role, outcome in (("gestor", "Rol cambiado"), ("Ninguno", "Ya no es del equipo")):
            await olga.write(str(marta.phone.id))
            await olga.press("🛡 Rol en el equipo")
            await olga.press(role)
            await olga.write("entra de prueba")
            assert outcome in (await olga.press("✅"))["text"]
            is_staff = "Tu rol: gestor" in (await marta.open())["text"]
            assert is_staff is (role == "gestor")
            await olga.open()
            assert any("gestor" in word for word in words(await olga.press("🛡 Equipo"))) is is_staff
            await olga.press("👥 Clientes")
        customer = await appoint(stage, marta.phone, None)
        lines = await audited(stage, customer.id)
        assert [(line.actor, line.facts["to"]) for line in lines] == [
            (str(olga.phone.id), "manager"),
            (str(olga.phone.id), "-"),
        ]


@pytest.mark.parametrize("choices", [{}, {"FEATURES": "none"}], ids=["all-features", "no-feature"])
async def test_staff_get_the_console_link_and_strangers_get_no_information(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.SUPPORT)
        first = (await marta.write("/panel"))["text"]
        assert ("/admin/enter?key=" in first, "visitas" in first) == (True, False)
        async with stage.by_login("console") as uow:
            visit = await uow.console.by_link(seal(re.findall(r"key=(\S+)", first)[0]), lock=True)
            assert visit is not None
            visit.enter(stage.core.clock().now())
            await uow.console.save(visit)
            await uow.commit()
        assert "Tus sesiones abiertas:\n1. Desde el" in (await marta.write("/panel"))["text"]
        assert words(await marta.press("Cerrar todas las sesiones")) == []
        assert "Tus sesiones" not in (await marta.write("/panel"))["text"]
        eva = await staff(stage, None)
        console, panel, unknown = [await eva.write(each) for each in ("/panel", "/admin", "/nothing")]
        assert (console["text"], words(console)) == (unknown["text"], words(unknown))
        assert (panel["text"], words(panel)) == (unknown["text"], words(unknown))


async def test_owner_confirms_an_opened_staff_invitation(stage: Stage) -> None:
    async with stage.running():
        ana, eva, olga = await staff(stage, None), await staff(stage, None), await owner(stage)
        await olga.open()
        await olga.press("🛡 Equipo")
        await olga.press("✉️ Invitaciones")
        await olga.press("✉️ Invitar por enlace")
        await olga.press("soporte")
        made = await olga.press("24 h")
        (secret,) = re.findall(r"start=(team_[\w-]{43})\b", made["text"])
        assert "falta que quien te ha invitado" in (await ana.write(f"/start {secret}"))["text"].lower()
        assert "ya no funciona" in (await eva.write(f"/start {secret}"))["text"]
        assert "No he entendido" in (await ana.open())["text"]
        await olga.open()
        await olga.press("🛡 Equipo")
        (opened,) = [word for word in words(await olga.press("✉️ Invitaciones")) if "por confirmar" in word]
        assert opened.startswith("✉️ soporte · ")
        await olga.press(opened)
        assert str(ana.phone.id) in (await olga.press("✅ Es la persona correcta"))["text"]
        assert "ya es del equipo" in (await olga.press("✅"))["text"]
        await ana.phone.said("Ya eres del equipo")
        assert "👥 Clientes" in words(await ana.open())
