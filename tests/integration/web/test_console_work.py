"""Daily work in the console: plans, alarms, jobs and webhooks are handled, and providers are shown by name."""

from __future__ import annotations

import re

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.console_visit import seal
from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import OLGA, Visitor
from tests.support.website import Website

NASTY = "<b>&_*"


async def test_providers_are_shown_by_name(olga: Visitor, sale: Sale, tables: Tables) -> None:
    """Exported files still contain the providers' codes, for programs."""
    for table in ("payments", "subscriptions"):
        await tables.rows(f"UPDATE {table} SET provider = 'stripe'")
    await tables.rows("UPDATE payments SET occurred_at = now()")
    for path in ("/payments", "/subscriptions", f"/customers/{sale.customer.id}"):
        page = await olga.page(path)
        shown = re.sub(r"<option[^>]*>|<a [^>]*>", "", page)
        assert "Stripe" in shown, path
        assert "stripe" not in shown.replace("Stripe", ""), path
    assert '<option value="stripe">Stripe</option>' in await olga.page("/payments")
    file = (await olga.client.get("/admin/payments.csv")).text
    assert ("stripe," in file, "Stripe" in file) == (True, False)


async def test_staff_handle_plans_alarms_jobs_and_webhooks_in_the_console(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    assert "ya no se vende" in await olga.do("withdraw_plan", sale.plan.id)
    assert "a la venta" in await olga.do("activate_plan", sale.plan.id)
    async with site.container.core.units()() as uow:
        alarm = Alarm.begin("refund_failed:1", "refund_failed", {"amount": NASTY}, site.container.core.clock().now())
        held = Alarm.begin("held", "job_held", {"number": "77"}, alarm.raised_at)
        await uow.alarms.add_if_new(alarm)
        await uow.alarms.add_if_new(held)
        letter = samples.inbox_entry()
        await uow.inbox.add_if_new(letter)
        await uow.commit()
    await tables.rows(
        "INSERT INTO pgqueuer (priority, created, updated, heartbeat, execute_after, status, entrypoint, attempts)"
        " VALUES (0, now(), now(), now(), now(), 'failed', 'core.something', 3)"
    )
    assert "Una devolución pedida en el panel ha fallado" in await olga.page("")
    assert NASTY in await olga.page(f"/alarms/{alarm.id}")
    assert "Alarma resuelta" in await olga.do("settle_alarm", alarm.id)
    assert 'small" href="/admin/do/repeat_job/77"' in await olga.page(f"/alarms/{held.id}")
    (job,) = await tables.rows("SELECT id FROM pgqueuer WHERE entrypoint = 'core.something'")
    assert "core.<wbr>something" in await olga.page("/jobs?status=failed")
    assert "En cola otra vez" in await olga.do("repeat_job", job["id"])
    await tables.rows("UPDATE webhook_inbox SET status = 'parked', note = 'order 7 does not exist'")
    assert "el pedido 7 no existe" in await olga.page("/webhooks?status=parked")
    assert "Procesando" in await olga.do("repeat_webhook", letter.id)
    assert (await tables.rows("SELECT status FROM webhook_inbox"))[0]["status"] == "pending"
    assert "comparando todo" in await olga.do("reconcile", "all")
    again = await olga.page("/jobs")
    assert "core.payment_event" in again or "payment" in again


async def test_reconciliation_result_is_written_in_words(site: Website, olga: Visitor) -> None:
    facts = {"found": "2", "healed": "1", "open": "1"}
    facts["differences"] = "unknown\t3F2A91BC · 7001 · stripe\tlook_there\nno_answer\tpaypal\tagain"
    now = site.container.core.clock().now()
    back = {"since": "2026-03-12 03:00 UTC", "until": "2026-03-12 14:20 UTC", "unsent": "3", **facts}
    alarms = [Alarm.begin("one", "reconciled", facts, now), Alarm.begin("two", "brought_back", back, now)]
    async with site.container.core.units()() as uow:
        for alarm in alarms:
            await uow.alarms.add_if_new(alarm)
        await uow.commit()
    for alarm in alarms:
        page = (await olga.page(f"/alarms/{alarm.id}")).partition("<main")[2]
        for code in ("• unknown", "look_there", "no_answer", "<dt>found", "<dt>unsent", "03:00 UTC"):
            assert code not in page, (alarm.kind, code)
        assert "3F2A91BC · 7001 · stripe" in page
    assert "copia del 12 mar 2026, 04:00" in page


async def test_message_list_shows_the_sent_text(olga: Visitor, sale: Sale, tables: Tables) -> None:
    await tables.rows(
        "INSERT INTO notifications (id, key, kind, recipient, language, params, repeated, created_at, sent_at, text)"
        f" VALUES (gen_random_uuid(), 'k', 'expired', {sale.customer.telegram_id}, 'es', '{{}}', 0, now(), now(),"
        " '<b>Tu acceso ha terminado.</b> Vuelve cuando quieras')"
    )
    page = await olga.page("/messages")
    assert "Tu acceso ha terminado. Vuelve cuando quieras" in page
    assert "Texto enviado" in page


async def test_payment_without_a_refund_shows_no_refunded_amount(olga: Visitor, sale: Sale) -> None:
    assert "0,00" not in await olga.page("/payments")


async def test_tagged_customer_is_found_by_the_tag(site: Website, olga: Visitor, sale: Sale) -> None:
    assert "Sus etiquetas: plan-anual, vip" in await olga.do("tag", sale.customer.id, tags="VIP, plan anual")
    card = await olga.page(f"/customers/{sale.customer.id}")
    assert 'href="/admin/customers?tag=vip">#vip</a>' in card
    assert "etiquetó a un cliente: plan-anual, vip" in card
    listed = await olga.page("/customers?tag=vip")
    assert f"/admin/customers/{sale.customer.id}" in listed
    assert '<option value="vip" selected>#vip</option>' in listed
    unknown = await olga.client.get("/admin/customers?tag=otra")
    assert (unknown.status_code, "plan-anual" in unknown.text) == (422, True)
    assert "quitada" in await olga.do("untag", sale.customer.id, tag="vip")
    assert "#vip" not in await olga.page(f"/customers/{sale.customer.id}")
    assert ",plan-anual," in (await olga.client.get("/admin/customers.csv")).text


async def test_staff_member_is_invited_with_a_link_shown_once_and_the_invitation_is_withdrawn(
    site: Website, olga: Visitor, tables: Tables
) -> None:
    page = await olga.look("invite", "new", role="support", hours="2")
    (secret,) = re.findall(r"start=team_([\w-]{43})", page)
    (row,) = await tables.rows("SELECT id, digest, expires_at - made_at AS lasts FROM staff_invitations")
    assert (row["digest"], row["lasts"].seconds) == (seal(secret), 7200)
    await tables.rows(f"UPDATE staff_invitations SET opened_by = {OLGA}, opened_at = now()")
    page = await olga.page("/invitations")
    commands = [f"/admin/do/{name}/{row['id']}" in page for name in ("confirm_invitation", "revoke_invitation")]
    assert (commands, "por confirmar" in page, secret in page) == ([True, True], True, False)
    audit = await olga.page("/audit")
    assert "creó una invitación al equipo: soporte" in audit
    assert "invitation" not in re.sub(r"<[^>]*>", "", audit)
    assert "retirada" in await olga.do("revoke_invitation", row["id"])
    assert await tables.rows("SELECT 1 FROM staff_invitations") == []


async def test_permissions_of_a_new_role_are_grouped_and_can_be_copied_from_another_role(olga: Visitor) -> None:
    form = await olga.page("/do/make_role/new")
    assert '<details class="field"><summary>Permisos' in form
    groups = re.findall(r'<fieldset class="group"><legend>([^<]+)</legend>', form)
    assert groups == ["Clientes", "Dinero", "Oferta", "Chats", "Mensajes", "Cifras", "Ajustes"]
    assert '<option value="publishing">publicación</option>' in form
    assert "creado" in await olga.do("make_role", "new", role_name="Libros", like="accounting", permissions="")
    page = await olga.page("/roles")
    assert "Libros" in page
    (role,) = re.findall(r"/admin/do/change_role/([0-9a-f-]{36})", page)
    changed = await olga.page(f"/do/change_role/{role}")
    assert "<details" not in changed.partition("<main")[2]
    assert re.search(r'value="list.export" checked', changed)
    assert not re.search(r'value="payment.refund" checked', changed)
