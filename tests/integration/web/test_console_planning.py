"""Plans in the console: created and changed after a preview of their card, and refused with the invalid field named."""

from __future__ import annotations

import re

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hidden, hire, visiting
from tests.support.website import Website

EVA = TelegramId(9002)
NAME = 'Mensual "VIP" <b> 👩‍💻'
OPEN = {"buyers": "everybody", "per_person": "auto", "listing": "listed"}
ASKED = {"opens": "vip", "trial_days": "0", "position": "9", **OPEN}
PLAN = {"name": NAME, "duration_days": "cada 3 meses", "price": "19,90", **ASKED}
WRONG = (
    ("name", "", "Falta"),
    ("name", "x" * 61, "61 caracteres; el límite es 60"),
    ("duration_days", "trienta", "«trienta» no es un número"),
    ("duration_days", "4000", "de 1 a 3660"),
    ("name", "VIP\u200b", "U+200B"),
    ("price", "19,9011", "más decimales"),
    ("price", "gratis", "no es un importe"),
    ("price", "5 doblones", "no existe «doblones»"),
    ("trial_days", "tres", "no es un número entero"),
    ("ends_on", "31/02/2027", "«31/02/2027» no es una fecha"),
    ("ends_on", "30/06/2027", "un plan que se renueva"),
    ("buyers", "", "Falta"),
    ("opens", "", "no incluiría nada"),
    ("prices", "nadie 3", "esa no existe"),
    ("prices", "stripe mucho", "no se entiende"),
    ("en", "y" * 61, "el límite es 60"),
)


async def test_error_is_shown_next_to_its_field_and_input_is_kept(olga: Visitor, tables: Tables) -> None:
    before = await tables.rows("SELECT 1 FROM service_plans")
    for name, typed, said in WRONG:
        page = await olga.do("plan_new", "new", **{**PLAN, name: typed})
        beside = re.search(rf'id="{name}-wrong">([^<]*)<', page)
        assert beside is not None, (name, typed, page)
        assert said in beside[1]
        assert typed in page
        assert "cada 3 meses" in page or name == "duration_days"
    assert await tables.rows("SELECT 1 FROM service_plans") == before


async def test_customer_view_of_a_plan_is_previewed_before_creation(olga: Visitor, tables: Tables) -> None:
    form = await olga.client.get("/admin/do/plan_new/new")
    more = {
        "emoji": "⭐",
        "en": "Quarterly <VIP>\r\nAll picks",
        "prices": "stripe 22 USD",
        "description": "Todos\r\nlos picks",
    }
    path, answers = "/admin/do/plan_new/new", {**hidden(form.text), **PLAN, **more}
    look = await olga.client.post(path, data=answers)
    seen = re.findall(r'<div class="bubble">(.*?)</div>', look.text, re.DOTALL)
    assert len(seen) == 4, look.text
    assert seen[1] == "⭐ Mensual &#34;VIP&#34; &lt;b&gt; 👩‍💻 · 19,90\xa0€ cada 3 meses"
    assert seen[2].startswith(
        "Plan Mensual &#34;VIP&#34; &lt;b&gt; 👩‍💻 - 19.90€ cada 3 meses\nTodos\nlos picks\n\nSe renueva solo"
    )
    assert seen[3].startswith("Quarterly &lt;VIP&gt; plan - €19.90 every 3 months\nAll picks\n\n")
    for _ in range(2):
        # Sent twice, the form creates one plan.
        made = await olga.client.post(path, data={**hidden(look.text), "sure": "yes"})
        assert made.headers["location"] == f"/admin/plans?done={hidden(look.text)['operation']}"
    (kept,) = await tables.rows(
        "SELECT id, soft_id, price_minor, price_currency, interval, interval_count, created_by FROM service_plans"
        " WHERE position = 9"
    )
    assert [*kept.values()][1:] == ["mensual-vip-b", 1990, "EUR", "month", 3, 9001]
    (price,) = await tables.rows("SELECT provider, price_minor, price_currency FROM plan_payment_prices")
    assert [*price.values()] == ["stripe", 2200, "USD"]
    # The plans that the shop began with have audit entries of their own, by the operator.
    (line,) = await tables.rows("SELECT actor FROM audit_log WHERE action = 'plan.created' AND actor <> 'operator'")
    assert line["actor"] == "9001"
    jobs = await tables.jobs()
    assert jobs, "a provider that keeps prices is asked for one by the same event as from the panel"


async def test_plan_is_changed_as_previewed_and_a_concurrent_change_is_reported(
    site: Website, olga: Visitor, tables: Tables
) -> None:
    plan = (await olga.desk.pricing().get_all_plans())[0]
    form = await olga.client.get(f"/admin/do/plan_edit/{plan.id}")
    (sealed,) = re.findall(r'action="/admin/do/plan_edit/([^"]+)"', form.text)
    assert sealed == f"{plan.id}.{plan.version}"
    assert ('value="Retabet"' in form.text, 'value="29.99 EUR"' in form.text, 'value="cada mes"' in form.text) == (
        (True,) * 3
    )
    await hire(site, StaffRole.MANAGER, EVA, "Eva")
    kept = {**ASKED, "duration_days": "cada mes", "description": plan.description, "emoji": plan.emoji, "position": "0"}
    theirs = {**kept, "name": "Retabet", "price": "35", "opens": "personal"}
    async with visiting(site) as eva:
        await eva.enter(EVA)
        page = await eva.do("plan_edit", plan.id, **theirs)
        assert "Guardado" in page
        assert "35,00" in page
        # Olga's form is sealed with the version of the plan that she saw, so her change is refused.
        mine = await olga.do("plan_edit", sealed, **{**theirs, "name": "Retabet Oro", "price": "40"})
        assert ("Otra persona cambió el plan" in mine, "Retabet Oro" in mine) == (True, True)
        now = await olga.desk.pricing().get_plan_by_id(plan.id)
        assert now is not None
        assert (str(now.price), now.name, now.active) == ("35.00€", "Retabet", True)

        await hire(site, StaffRole.SUPPORT, EVA, "Eva")
        assert "/do/plan_" not in await eva.page("/plans")
        for path in ("/do/plan_new/new", f"/do/plan_edit/{plan.id}"):
            await eva.page(path, 403)
    forged = await olga.client.post(f"/admin/do/plan_edit/{plan.id}", data={**theirs, "sure": "yes", "price": "1"})
    assert forged.status_code == 403
    (line,) = await tables.rows("SELECT actor, facts FROM audit_log WHERE action = 'plan.updated'")
    assert line["actor"] == str(EVA)


async def test_new_plan_form_preselects_no_chat_and_the_plan_list_names_missing_chats(
    olga: Visitor, tables: Tables
) -> None:
    form = await olga.client.get("/admin/do/plan_new/new")
    ticked = re.findall(r'<input[^>]*name="opens"[^>]*checked', form.text)
    assert ticked == [], "no chat is there, and none is given away unless somebody says so"
    path = "/admin/do/plan_new/new"
    look = await olga.client.post(path, data={**hidden(form.text), **PLAN})
    assert "Nadie puede comprarlo todavía" in look.text
    await olga.client.post(path, data={**hidden(look.text), "sure": "yes"})
    page = (await olga.client.get("/admin/plans?state=unsold")).text
    assert "no se vende todavía" in page
    assert "falta: VIP" in page
    assert "plan que nadie puede comprar" in (await olga.client.get("/admin")).text
