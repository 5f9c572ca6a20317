"""Questions in the console: on the page Today, with the customer history, answered, closed, and started by staff."""

from __future__ import annotations

import re

from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.domain.entities.alarm import Alarm
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.integration.web.test_console_today import matters
from tests.support.console_visitor import Visitor, hidden
from tests.support.website import Website

NASTY = "<b>&_*"


async def test_staff_see_a_question_with_customer_history_and_can_answer_and_close_it(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    core = site.container.core
    await KeepQuestions(core.units(), core.clock()).ask(sale.customer.id, f"No entro {NASTY}", 7, 1)
    (row,) = await tables.rows("SELECT id FROM questions")
    assert "pregunta sin responder" in await olga.page("")
    assert f"/admin/questions/{row['id']}" in await olga.page("/questions?state=waiting&q=entro")

    page = await olga.page(f"/questions/{row['id']}")
    assert f"No entro {NASTY}" in page
    assert sale.payment.reference in page
    assert "enviada a su chat" in (await olga.do("answer_question", row["id"], answer="Pulsa /estado")).lower()
    page = await olga.page(f"/questions/{row['id']}")
    assert ("Pulsa /estado" in page, "respondida" in page) == (True, True)
    assert await tables.rows("SELECT 1 FROM pgqueuer WHERE entrypoint = 'bot.announce'")
    assert "Enviar /enlace" in page
    assert "enviada a su chat" in (await olga.do("answer_question", row["id"], answer="/enlace")).lower()
    assert (await olga.page(f"/questions/{row['id']}")).count("Tu enlace está en /estado") == 2
    assert "Resuelta" in await olga.do("settle_question", row["id"])
    assert 'href="/admin/do/answer_question' not in await olga.page(f"/questions/{row['id']}")
    assert "Aquí no hay nada" in await olga.page(f"/questions/{sale.customer.id}", 404)


async def test_staff_can_start_a_conversation_from_the_customer_card(olga: Visitor, sale: Sale, tables: Tables) -> None:
    card = await olga.page(f"/customers/{sale.customer.id}")
    assert re.search(rf'class="button small first" href="/admin/do/write/{sale.customer.id}">Escribirle<', card)
    assert "Enviado a su chat" in await olga.do("write", sale.customer.id, message="¿Te ayudo a entrar?")
    (row,) = await tables.rows("SELECT id FROM questions")
    card = await olga.page(f"/customers/{sale.customer.id}")
    assert f'href="/admin/questions/{row["id"]}">Conversación abierta' in card
    page = await olga.page(f"/questions/{row['id']}")
    assert "¿Te ayudo a entrar?" in page
    assert '<textarea id="answer"' in page
    preview = await olga.look("answer_question", row["id"], answer="Pulsa /estado")
    assert preview.index("¿Te ayudo a entrar?") < preview.index("Pulsa /estado")


async def test_long_waiting_question_is_on_the_today_page_once_with_an_answer_button(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    core = site.container.core
    await KeepQuestions(core.units(), core.clock()).ask(sale.customer.id, "¿Cuándo salen los picks?", 7, 1)
    (matter,) = matters(await olga.page(""))
    assert "«¿Cuándo salen los picks?»" in matter
    assert sale.customer.full_name in matter
    (question,) = re.findall(r"/admin/do/answer_question/([\w-]+)", matter)
    facts = {"customer": str(sale.customer.id), "question": question, "since": "2026-11-20 10:00 UTC"}
    async with core.units()() as uow:
        await uow.alarms.add_if_new(
            Alarm.begin(f"question_waits:{question}", "question_waits", facts, core.clock().now())
        )
        await uow.commit()
    assert len(matters(await olga.page(""))) == 1


async def test_message_to_one_customer_may_have_formatting_and_a_file(
    olga: Visitor, sale: Sale, tables: Tables
) -> None:
    path = f"/admin/do/write/{sale.customer.id}"
    answers = {**hidden((await olga.client.get(path)).text), "message": "Hola, <b>Ana</b>"}
    wrong = await olga.client.post(path, data=answers, files={"file": ("plan.exe", b"MZ")})
    assert ("«plan.exe» no sirve" in wrong.text, "Ana&lt;/b&gt;" in wrong.text) == (True, True)
    unclosed = await olga.client.post(path, data=answers | {"message": "<b>Hola"}, files={"file": ("", b"")})
    assert "sin cerrar" in unclosed.text
    sure = await olga.client.post(path, data=answers, files={"file": ("plan.pdf", b"%PDF")})
    assert "Archivo: plan.pdf" in sure.text
    await olga.client.post(path, data={**hidden(sure.text), "sure": "yes"})
    (row,) = await tables.rows("SELECT id FROM questions")
    page = await olga.page(f"/questions/{row['id']}")
    assert '<span class="as-b">Ana</span>' in page
    assert "📎 plan.pdf" in page
    jobs = await tables.jobs()
    assert (jobs.count("bot.announce"), jobs.count("bot.send_support_file")) == (1, 1)


async def test_file_for_a_customer_who_blocked_the_bot_is_refused_and_the_text_stays_queued(
    olga: Visitor, sale: Sale, tables: Tables
) -> None:
    await tables.rows("UPDATE customers SET blocked_at = now() WHERE id = (SELECT customer_id FROM orders LIMIT 1)")
    path = f"/admin/do/write/{sale.customer.id}"
    answers = {**hidden((await olga.client.get(path)).text), "message": "Hola"}
    sure = await olga.client.post(path, data=answers, files={"file": ("plan.pdf", b"%PDF")})
    refused = await olga.client.post(path, data={**hidden(sure.text), "sure": "yes"})
    assert "ha bloqueado el bot" in refused.text
    assert await tables.rows("SELECT id FROM questions") == []
    sure = await olga.client.post(path, data={**answers, "drop_file": "yes"}, files={"file": ("", b"")})
    saved = await olga.client.post(path, data={**hidden(sure.text), "sure": "yes"}, follow_redirects=True)
    assert "lo recibirá cuando lo desbloquee" in saved.text


async def test_answer_can_include_a_file(site: Website, olga: Visitor, sale: Sale, tables: Tables) -> None:
    core = site.container.core
    await KeepQuestions(core.units(), core.clock()).ask(sale.customer.id, "¿Me lo mandas?", 7, 1)
    (row,) = await tables.rows("SELECT id FROM questions")
    path, token = f"/admin/do/answer_question/{row['id']}", hidden(await olga.page(f"/questions/{row['id']}"))["token"]
    sure = await olga.client.post(
        path, data={"token": token, "answer": "Aquí lo tienes"}, files={"file": ("plan.pdf", b"%PDF")}
    )
    await olga.client.post(path, data={**hidden(sure.text), "sure": "yes"})
    assert "📎 plan.pdf" in await olga.page(f"/questions/{row['id']}")
    assert (await tables.jobs()).count("bot.send_support_file") == 1
