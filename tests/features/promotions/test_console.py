"""Promotions in the console: created after a preview, refused with the invalid field named, and stopped."""

from __future__ import annotations

import re

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, no_text_is_missing, olga, sale, site, tables
from tests.support.console_visitor import Visitor, hidden, hire, visiting
from tests.support.website import Website

__all__ = ["no_text_is_missing", "olga", "sale", "site", "tables"]

EVA = TelegramId(9002)
SUMMER = {"code": "verano 20", "gives": "20 %", "plan": "*", "when": "first", "often": "once", "uses": "", "until": ""}


WRONG = (
    ("code", "", "Falta"),
    ("code", 'V"<b>👩‍💻', "de 3 a 24 letras"),
    ("gives", "0 %", "de 1 a 99\xa0%"),
    ("gives", "101%", "de 1 a 99\xa0%"),
    ("gives", "400 días", "de 1 a 366 días"),
    ("gives", "19,90", "Escribe 19,90\xa0% o 19,90\xa0€"),
    ("gives", "5,0001 €", "más decimales"),
    ("plan", "no-such", "Elige una"),
    ("uses", "muchas", "no es un número entero"),
    ("until", "30/6", "«30/6» no es un número entero de días"),
    ("until", "2000", "de 1 a 1098"),
)


async def test_error_is_shown_next_to_its_field_and_input_is_kept(olga: Visitor, tables: Tables) -> None:
    for name, typed, said in WRONG:
        page = await olga.do("make_promotion", "new", **{**SUMMER, name: typed})
        beside = re.search(rf'id="{name}-wrong">([^<]*)<', page)
        assert beside is not None, page
        assert said in beside[1]
        assert typed in page or name == "plan"
        assert "verano 20" in page or name == "code"
    assert await tables.rows("SELECT 1 FROM promotions") == []


async def test_promotion_is_previewed_created_listed_with_its_use_and_stopped(
    site: Website, olga: Visitor, tables: Tables, sale: Sale
) -> None:
    assert "Todavía no hay promociones" in await olga.page("/promotions")
    soft_id = (await olga.desk.pricing().get_all_plans())[0].soft_id
    form = await olga.client.get("/admin/do/make_promotion/new")
    answers = {**hidden(form.text), **SUMMER, "gives": "5 €", "plan": soft_id, "uses": "10", "until": "30"}
    look = await olga.client.post("/admin/do/make_promotion/new", data=answers)
    assert all(each in look.text for each in ("<dd>verano 20", "<dd>5", "<dd>30"))
    for _ in range(2):
        # Sent twice, the form creates one promotion.
        made = await olga.client.post("/admin/do/make_promotion/new", data={**hidden(look.text), "sure": "yes"})
        assert made.headers["location"].startswith("/admin/promotions?done=")
    (kept,) = await tables.rows("SELECT id, code, amount_minor, amount_currency, uses FROM promotions")
    assert [*kept.values()][1:] == ["VERANO20", 500, "EUR", 10]
    again = await olga.do("make_promotion", "new", **SUMMER)
    assert ("ya hay una promoción con ese" in again, "verano 20" in again) == (True, True)

    await tables.rows(
        "WITH came AS (INSERT INTO promotion_claims (promotion_id, customer_id, claimed_at) SELECT p.id, c.id, now()"
        f" FROM promotions p, customers c WHERE c.id = '{sale.customer.id}') INSERT INTO promotion_uses (order_id,"
        " promotion_id, customer_id, discount_minor, discount_currency, days, used_at)"
        " SELECT o.id, p.id, o.customer_id,"
        " 500, 'EUR', 0, now() FROM promotions p, orders o"
    )
    rows = re.sub(r"<[^>]+>|\s+", " ", (await olga.page("/promotions")).partition("<tbody>")[2])
    assert ("VERANO20" in rows, "activa" in rows, "start=promo_VERANO20" in rows) == (True,) * 3
    assert " 1 1 29,99 € 5,00 € " in " ".join(rows.split())
    await hire(site, StaffRole.SUPPORT, EVA, "Eva")
    async with visiting(site) as eva:
        await eva.enter(EVA)
        assert "/do/" not in await eva.page("/promotions")
        await eva.page("/do/make_promotion/new", 403)
        await eva.page(f"/do/stop_promotion/{kept['id']}", 403)
    stop = {"sure": "yes"}
    assert (await olga.client.post(f"/admin/do/stop_promotion/{kept['id']}", data=stop)).status_code == 403
    assert "Parada" in await olga.do("stop_promotion", kept["id"])
    assert "No se ha hecho nada" in await olga.do("stop_promotion", kept["id"])
    done = await tables.rows(f"SELECT why FROM audit_log WHERE subject = '{kept['id']}' ORDER BY id")
    assert [row["why"] for row in done] == ["made by staff", "stopped by staff"]
