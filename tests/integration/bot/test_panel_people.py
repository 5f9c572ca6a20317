"""Customers in the panel: search, card, and staff commands, by buttons and text only."""

from __future__ import annotations

from datetime import timedelta

from bot.panel.data import data
from subscriptions.application.payments.tax_report import Quarter
from subscriptions.application.people.customers import Person
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk, appoint, audited, owner, staff, words


async def on_card(stage: Stage, desk: Desk, who: Phone) -> None:
    """Open a customer's card, found by id."""
    await desk.open()
    await desk.press("👥 Clientes")
    # A notification about a purchase may arrive in between.
    await desk.write(str(who.id))
    await desk.phone.said(str(who.id), desk.seen)


async def test_customer_is_found_by_id_name_and_username(stage: Stage) -> None:
    async with stage.running():
        eva = await stage.person("Eva <b>&_*", username="eva_lopez")
        await eva.start()
        await eva.said("Bienvenido")
        olga = await owner(stage)
        await olga.open()
        await olga.press("👥 Clientes")
        for search in (str(eva.id), "@eva_lopez", "EVA_LOPEZ", "eva <b>"):
            assert "Eva <b>&_*" in (await olga.write(search))["text"], search
        assert "Ningún cliente coincide con «zzz»" in (await olga.write("zzz"))["text"]
        assert "Eva <b>&_* · @eva_lopez" in words(await olga.write("a"))
        assert "¿A quién buscas?" not in (await olga.press("Eva"))["text"]


async def test_customer_is_found_by_a_last_name_with_a_typo(stage: Stage) -> None:
    async with stage.running():
        lucia = await stage.person("Lucía", last_name="Méndez Ortega")
        await lucia.start()
        await lucia.said("Bienvenido")
        olga = await owner(stage)
        await olga.open()
        await olga.press("👥 Clientes")
        for search in ("mendez", "ORTEGA lucia", "mendes"):
            assert "Lucía Méndez Ortega" in (await olga.write(search))["text"], search


async def test_photo_sent_during_a_search_is_offered_for_publishing(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("👥 Clientes")
        photo = await olga.phone.do("send", to=olga.phone.bot, kind="photo", text="Oferta de hoy")
        shown = await olga.answer_to(photo)
        assert shown["text"].startswith("📝 Borrador")
        assert "Oferta de hoy" in shown["text"]


async def test_receipts_of_the_last_quarter_are_sent_as_a_file_in_the_chat(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("🧾 Para la gestoría")
        quarter = Quarter.of(stage.core.clock().now().date()).before
        await olga.press(f"📄 T{quarter.number} de {quarter.year}")
        (file,) = [each for each in await olga.phone.messages() if each["kind"] == "document"]
        assert file["text"] == f"🧾 T{quarter.number} de {quarter.year}: 0 documentos"


async def test_newest_customers_are_listed_with_their_plans(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        await bought(stage, ana)
        olga = await owner(stage)
        await olga.open()
        meet = stage.core.meet_customer()
        for number in range(1, 12):
            await meet(
                Person(
                    telegram_id=TelegramId(900 + number),
                    first_name=f"Nueva {number}",
                    username=None,
                    language_code=None,
                )
            )
        first = await olga.press("👥 Clientes")
        assert "¿A quién buscas?" in first["text"]
        assert len([name for name in words(first) if name.startswith("Nueva")]) == 10
        assert words(first)[-2:] == ["Más antiguos ➡️", "⬅️ Volver"]
        assert "sin plan" in first["text"]
        second = await olga.press("Más antiguos ➡️")
        assert len([name for name in words(second) if name.startswith("Nueva")]) == 1
        assert f"Ana · {ana.id}: 🎰 Retabet" in second["text"]
        assert "Más antiguos ➡️" not in words(second)
        assert "Todavía no ha comprado nada" in (await olga.press("Nueva 1 · 901"))["text"]
        await olga.press("⬅️ Volver")
        assert "Nueva 7" in (await olga.write("Nueva 7"))["text"]


async def test_customer_is_found_by_a_forwarded_message(stage: Stage) -> None:
    async with stage.running():
        eva = await stage.person("Eva")
        await eva.start()
        await eva.said("Bienvenido")
        olga = await owner(stage)
        await olga.open()
        await olga.press("👥 Clientes")
        hidden = await olga.forward(eva, "¿cuándo me toca?", hidden=True)
        assert "oculta su cuenta" in hidden["text"]
        assert "Eva" in (await olga.forward(eva, "¿cuándo me toca?"))["text"]


async def test_days_are_granted_with_a_reason_and_a_second_tap(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("± días")
        for typed, reported in (("muchos", "no es un número entero"), ("0", "con 0 no cambia nada")):
            assert reported in (await olga.write(typed))["text"]
        await olga.write("5")
        assert "al menos unas palabras" in (await olga.write("x"))["text"]
        sure = await olga.write("se cayó el servicio")
        assert "Días: 5" in sure["text"]
        assert "se cayó el servicio" in sure["text"]
        done = await olga.press("✅ Confirmar")
        assert "Su acceso dura ahora hasta el" in done["text"]
        async with stage.core.units()() as uow:
            found = await uow.subscriptions.get(owned.subscription.id)
        assert found is not None
        assert found.access_until == owned.subscription.access_until + timedelta(days=5)
        await ana.said("Tu acceso a Retabet ha cambiado")


async def test_renewals_are_canceled_after_a_second_tap(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("🛑 Cancelar renovación")
        sure = await olga.write("lo pidió por correo")
        assert "no se le cobrará más" in sure["text"]
        assert "Se ha pedido la cancelación" in (await olga.press("🛑 Sí, cancelar"))["text"]


async def test_staff_cannot_remove_days_that_the_provider_charged(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("± días")
        await olga.write("-10")
        await olga.write("se quejó otra persona")
        asked = await olga.press("✅ Confirmar")
        assert "Días que puedes quitar: 0" in asked["text"]
        async with stage.core.units()() as uow:
            found = await uow.subscriptions.get(owned.subscription.id)
        assert found is not None
        assert found.access_until == owned.subscription.access_until


async def test_dialogue_can_be_left_step_by_step_with_the_back_button(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("± días")
        reason = await olga.press("+7 días")
        assert "paso 2 de 2" in reason["text"]
        assert words(reason)[-1] == "⬅️ Volver"
        assert "¿Cuántos días?" in (await olga.press("⬅️ Volver"))["text"]
        card = await olga.press("⬅️ Volver")
        assert str(ana.id) in card["text"]
        # The dialogue has ended: a text written now is not an answer.
        assert "paso 2 de 2" not in (await olga.write("30"))["text"]


async def test_confirmation_of_an_abandoned_dialogue_changes_nothing(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("🚪 Retirar")
        sure = await olga.write("una prueba")
        await olga.phone.send("/admin")
        await olga.phone.said("Panel de Retador")
        await olga.press("👥 Clientes")
        button = next(text for text in words(sure) if "Sí, retirar" in text)
        stale = await olga.press(button)
        assert "Esto ha cambiado" in stale["text"]


async def test_access_is_suspended_restored_and_removed(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        marta = await staff(stage, StaffRole.MANAGER)
        await on_card(stage, marta, ana)
        await marta.press("⏸ Suspender")
        await marta.write("revisión de la cuenta")
        card = await marta.press("⏸ Sí, suspender")
        assert "Suspendida por el equipo" in card["text"]
        await ana.said("Hemos suspendido tu acceso a Retabet")
        assert (await owned.access()).status is AccessStatus.SUSPENDED
        await marta.press("▶️ Restaurar")
        await marta.write("todo aclarado")
        card = await marta.press("✅ Confirmar")
        assert "▶️ Restaurar" not in words(card)
        await ana.said("se reanuda")
        await marta.press("🚪 Retirar")
        await marta.write("compartía los picks")
        card = await marta.press("🚪 Sí, retirar")
        assert "✅ Retirado" in card["text"]
        assert "🚪 Retirar" not in words(card)
        await ana.said("Tu acceso a Retabet ha terminado")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        lines = await audited(stage, customer.id)
        assert [(line.action, line.reason) for line in lines][-3:] == [
            ("customer.suspend", "revisión de la cuenta"),
            ("customer.restore", "todo aclarado"),
            ("customer.remove", "compartía los picks"),
        ]
        assert {line.actor for line in lines[-3:]} == {str(marta.phone.id)}


async def test_text_outside_the_dialogue_is_not_taken_as_an_answer(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        await olga.press("📦 Planes")
        await olga.press("➕ Plan nuevo")
        await olga.open()
        assert "Borrador" in (await olga.write("Oro"))["text"]


async def test_command_is_refused_if_the_role_was_reduced_during_the_dialogue(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        marta = await staff(stage, StaffRole.MANAGER)
        await on_card(stage, marta, ana)
        await marta.press("🚪 Retirar")
        await marta.write("una prueba")
        await appoint(stage, marta.phone, StaffRole.SUPPORT)
        refused = await marta.press("🚪 Sí, retirar")
        assert "esto requiere ser gestor" in refused["text"]
        assert (await owned.access()).status is not AccessStatus.REVOKING


async def test_plan_is_granted_to_a_customer_without_a_plan(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("🎁 Regalar plan")
        await olga.press("Retabet")
        await olga.press("7 días")
        await olga.write("para que lo pruebe")
        done = await olga.press("✅ Confirmar")
        assert "Plan regalado" in done["text"]
        assert "Retabet" in done["text"]
        await ana.said("Tu acceso a Retabet ha cambiado")
        why = await olga.press("¿Por qué?")
        assert "para que lo pruebe" in why["text"]


async def test_note_is_added_and_the_customer_is_barred(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        marta = await staff(stage, StaffRole.SUPPORT)
        await on_card(stage, marta, ana)
        await marta.press("📝 Nota")
        card = await marta.write("llamó por <b>teléfono</b>")
        assert "llamó por <b>teléfono</b>" in card["text"]
        assert "⛔ Bloquear" not in words(card)
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        await olga.press("⛔ Bloquear")
        await olga.write("reventa de picks")
        card = await olga.press("⛔ Sí, bloquear")
        assert "no puede comprar ni usar códigos" in card["text"]
        assert "✅ Desbloquear" in words(await olga.press("⋯ Más"))


async def test_staff_member_can_also_be_a_customer(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await bought(stage, ana)
        await ana.said("Pago recibido")
        customer = await appoint(stage, ana, StaffRole.SUPPORT)
        desk = Desk(stage, ana)
        assert "Panel de Retador" in (await desk.open())["text"]
        card = await desk.write("/estado")
        assert "Tu suscripción" in card["text"]
        olga = await owner(stage)
        await on_card(stage, olga, ana)
        shown = await olga.shown()
        assert "Es del equipo: soporte" in shown["text"]
        assert customer.staff_role is StaffRole.SUPPORT


async def test_card_opened_from_an_alarm_leads_back_to_the_alarm(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(ana.id)
            assert customer is not None
            facts = {"customer": str(customer.id), "telegram_id": str(ana.id), "name": "Ana"}
            alarm = Alarm.begin("still_billed:1", "still_billed", facts, stage.core.clock().now())
            assert await uow.alarms.add_if_new(alarm)
            await uow.commit()
        olga = await owner(stage)
        opened = await olga.tap(await olga.open(), data("alarm", alarm.id))
        card = await olga.tap(opened, data("c", customer.id, "alarm", alarm.id))
        assert "Ana" in card["text"]
        back = await olga.press("Volver")
        assert back["text"] == opened["text"]
        # From the alarm's own message, the card leads to the list of alarms.
        card = await olga.tap(back, data("c", customer.id, "alarms"))
        assert "Alarmas" in (await olga.press("Volver"))["text"]
