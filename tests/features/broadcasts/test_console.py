"""Broadcasts from the console: written, previewed, started, stopped, resumed, corrected and withdrawn."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

from features.broadcasts.domain import Audience, Broadcast, BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hidden, hire, visiting
from tests.support.website import Website

SAID = "Hoy dos picks − 👩‍💻 1 < 2 &_*\nA las 21:00"
WHO = {"segment": "all", "language": "any", "of_plan": "any", "chat": "any", "spent": ""}
EVA = TelegramId(9002)


async def _only(site: Website) -> Broadcast:
    async with site.container.core.units()() as uow:
        found: list[Broadcast] = [*await uow.of(BROADCASTS_KEY).newest(5)]
    assert len(found) == 1
    return found[0]


async def test_refusal_of_an_invalid_broadcast_names_the_error_and_keeps_the_text(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    soft_id = (await olga.desk.pricing().get_all_plans())[0].soft_id
    page = await olga.do("compose_broadcast", "shop", text=SAID, segment="", language="any", of_plan="any", chat="any")
    assert "Elige" in page
    assert SAID in page
    page = await olga.do("compose_broadcast", "shop", text=SAID, **{**WHO, "segment": "never", "of_plan": soft_id})
    assert "Quien nunca ha tenido un plan" in page
    assert "4096 caracteres" in await olga.do("compose_broadcast", "shop", text="x" * 4097, **WHO)
    assert "Todavía no hay publicaciones" in await olga.page("/broadcasts")

    # A browser ends lines with CRLF, and a form sent twice creates one draft.
    form = await olga.client.get("/admin/do/compose_broadcast/shop")
    answers = {**hidden(form.text), **WHO, "text": SAID.replace("\n", "\r\n")}
    there = {
        (await olga.client.post("/admin/do/compose_broadcast/shop", data=answers)).headers["location"] for _ in range(2)
    }
    kept = await _only(site)
    assert kept.content.text == SAID
    assert there == {f"/admin/broadcasts/{kept.id}?done={kept.id}"}
    page = await olga.page(f"/broadcasts/{kept.id}")
    assert SAID in page
    assert "2 personas" in page, "the buyer and Olga"


async def test_broadcast_is_sent_as_previewed_stopped_resumed_and_withdrawn(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    await olga.do("compose_broadcast", "shop", text="Hoy dos", **WHO)
    item = await _only(site)
    here, before = f"/broadcasts/{item.id}", f"{item.id}.{item.seal}"
    press = {"token": hidden(await olga.page(here))["token"], "sure": "yes"}
    for _ in range(2):
        await olga.client.post(f"/admin/do/test_broadcast/{item.id}", data=press)
    assert (await tables.jobs()).count("bot.show_broadcast") == 1

    # Eva changes the text while Olga looks at the preview that she is about to send or to correct.
    await hire(site, StaffRole.MANAGER, EVA, "Eva")
    async with visiting(site) as eva:
        await eva.enter(EVA)
        assert "Editado" in await eva.do("edit_broadcast", before, text="Hoy tres")
    assert "no se ha hecho nada" in await olga.do("start_broadcast", before)
    late = await olga.do("edit_broadcast", before, text="Hoy cuatro")
    assert ("no se ha hecho nada" in late, "Hoy cuatro" in late) == (True, True)
    assert (await _only(site)).status is BroadcastStatus.DRAFT

    soft_ids = sorted(plan.soft_id for plan in await olga.desk.pricing().get_all_plans())[:2]
    form = await olga.client.get(f"/admin/do/aim_broadcast/{before}")
    answers = {**hidden(form.text), **WHO, "segment": "channels", "channels": soft_ids}
    await olga.client.post(f"/admin/do/aim_broadcast/{before}", data=answers)
    audience = (await _only(site)).audience
    assert audience is not None
    assert sorted(audience.channels) == soft_ids
    assert "Destinatarios cambiados" in await olga.do("aim_broadcast", before, **{**WHO, "segment": "active"})

    seal = f"{item.id}.{(await _only(site)).seal}"
    assert "tiene que ser futura" in await olga.do("start_broadcast", seal, at="2020-01-01T10:00")
    soon = f"{site.container.core.clock().now() + timedelta(days=9):%Y-%m-%dT%H:%M}"
    assert "Programado" in await olga.do("start_broadcast", seal, at=soon)
    assert "vuelve a ser un borrador" in await olga.do("stop_broadcast", item.id)
    assert "Enviando" in await olga.do("start_broadcast", seal)
    async with site.container.core.units()() as uow:
        begun = await uow.of(BROADCASTS_KEY).get(item.id, lock=True)
        assert begun is not None
        assert begun.audience is not None
        begun.begin(site.container.core.clock().now())
        await uow.of(BROADCASTS_KEY).address(begun, begun.audience, begun.created_at)
        await uow.of(BROADCASTS_KEY).save(begun)
        await uow.commit()
    assert "Pendiente: 1" in await olga.page(here)
    assert "Parado. Nadie más" in await olga.do("stop_broadcast", item.id)
    assert "Reanudado" in await olga.do("resume_broadcast", item.id)
    assert "Editado" in await olga.do("edit_broadcast", item.id, text="Hoy cinco")
    assert "Se está borrando" in await olga.do("withdraw_broadcast", item.id)
    assert "No se ha hecho nada" in await olga.do("stop_broadcast", item.id)
    rows = re.sub(r"<[^>]+>|\s+", " ", (await olga.page("/broadcasts")).partition("<tbody>")[2])
    assert ("Hoy cinco" in rows, "retirada" in rows, "Tienen un plan ahora" in rows, "@olga" in rows) == (True,) * 4
    done = await tables.rows("SELECT why FROM audit_log WHERE action = 'broadcast.send' ORDER BY id")
    assert [row["why"] for row in done] == [
        *("edited", "begun", "stopped", "begun", "stopped", "gone on with", "edited", "withdrawn"),
    ]


async def test_broadcast_may_have_formatting_a_picture_and_buttons(site: Website, olga: Visitor) -> None:
    typed = {**WHO, "text": "👩 <b>Hoy &amp; <i>dos</i></b>", "picture": "https://example.com/a.png"}
    page = await olga.do("compose_broadcast", "shop", **{**typed, "text": "<b>Hoy"}, links="Ver")
    assert ("<b>Hoy" in unescape(page), "sin cerrar" in page, "no es «texto - https" in page) == (True, True, True)
    assert "dirección https" in await olga.do(
        "compose_broadcast", "shop", **{**typed, "picture": "http://example.com"}, links=""
    )
    await olga.do(
        "compose_broadcast", "shop", **typed, links="Ver - https://example.com/1\nMás - https://example.com/2"
    )
    content = (await _only(site)).content
    bold = {"type": "bold", "offset": 3, "length": 9}
    assert (content.text, json.loads(content.entities or "")) == (
        "👩 Hoy & dos",
        [{"type": "italic", "offset": 9, "length": 3}, bold],
    )
    assert [row[0].url for row in content.buttons] == ["https://example.com/1", "https://example.com/2"]
    item = await _only(site)
    form = unescape((await olga.client.get(f"/admin/do/edit_broadcast/{item.id}.{item.seal}")).text)
    assert "👩 <b>Hoy &amp; <i>dos</i></b>" in form
    assert "Botones cambiados" in await olga.do("link_broadcast", f"{item.id}.{item.seal}", links="")
    assert (await _only(site)).content.buttons == ()


async def test_draft_is_discarded_and_support_cannot_broadcast(site: Website, olga: Visitor) -> None:
    await olga.do("compose_broadcast", "shop", text="Hoy dos", **WHO)
    item = await _only(site)
    await hire(site, StaffRole.SUPPORT, EVA, "Eva")
    async with visiting(site) as eva:
        await eva.enter(EVA)
        for path in (
            "/broadcasts",
            f"/broadcasts/{item.id}",
            "/do/compose_broadcast/shop",
            f"/do/start_broadcast/{item.id}",
        ):
            await eva.page(path, 403)
    await olga.page(f"/do/withdraw_broadcast/{item.id}", 404)
    assert "descartado" in await olga.do("discard_broadcast", item.id)
    assert "Todavía no hay publicaciones" in await olga.page("/broadcasts")
    await olga.page(f"/broadcasts/{item.id}", 404)


async def test_broadcast_to_chat_members_or_by_amount_spent_requires_the_chat_or_the_amount(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    typed = {**WHO, "text": "Hoy dos", "picture": "", "links": "", "chat": "any", "spent": ""}
    wrong = await olga.do("compose_broadcast", "shop", **{**typed, "segment": "spent"})
    assert "escribe un importe mayor que cero, por ejemplo 50 EUR" in wrong
    assert "Hoy dos" in wrong
    assert "elige cuál" in await olga.do("compose_broadcast", "shop", **{**typed, "segment": "inside"})
    page = await olga.do("compose_broadcast", "shop", **{**typed, "segment": "spent", "spent": "0,01 EUR"})
    assert "Han pagado al menos" in page
    audience = (await _only(site)).audience
    assert audience is not None
    assert audience.spent == Money(1, "EUR")


async def test_broadcast_can_be_limited_by_end_of_access_tag_and_source_and_shows_its_recipient_count(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    await olga.do("tag", sale.customer.id, tags="vip")
    form = await olga.page("/do/compose_broadcast/shop")
    assert '<datalist id="tag-offered"><option value="vip">' in form
    typed = {**WHO, "text": "Renueva", "picture": "", "links": "", "chat": "any", "spent": "", "source": ""}
    wrong = await olga.do("compose_broadcast", "shop", **{**typed, "segment": "never", "ends_within": "7", "tag": ""})
    assert "déjalo vacío" in wrong
    limits = {"ends_within": "366", "tag": "VIP"}
    page = await olga.do("compose_broadcast", "shop", **{**typed, **limits})
    assert "Acceso que termina en 366 días" in page
    assert "#vip" in page
    item = await _only(site)
    assert item.audience == Audience(ends_within=366, tag="vip")
    again = await olga.page(f"/do/aim_broadcast/{item.id}")
    assert 'name="ends_within" value="366"' in again
    assert 'name="tag" value="vip"' in again
