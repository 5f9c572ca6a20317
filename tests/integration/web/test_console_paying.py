"""Ways to pay and plans in the console, arranged by the use cases of the chat's panel."""

from __future__ import annotations

from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor
from tests.support.website import Website


async def test_ways_to_pay_and_plans_are_arranged_as_in_the_panel(
    olga: Visitor, sale: Sale, site: Website, tables: Tables
) -> None:
    async with site.container.core.units()() as uow:
        unsold = samples.plan(name="Nobody's")
        await uow.plans.save(unsold)
        await uow.commit()
    page = await olga.page("/methods")
    assert ("se ofrece" in page, "/admin/do/method_off/stripe" in page) == (True, True)
    assert "sk_test" not in page
    assert "Apagada" in await olga.do("method_off", "stripe")
    assert "/admin/do/method_on/stripe" in await olga.page("/methods")
    assert "Telegram pide su propia moneda" in await olga.page("/do/method_on/stripe")
    assert "Se ofrece otra vez" in await olga.do("method_on", "stripe")
    assert "Volver al inicio" in await olga.page("/do/method_on/paypal", 404)
    assert "Nada espera a que alguien lo confirme" in await olga.page("/arrivals")
    for about in ("nobody", f"{sale.order.id}.1", f"{sale.order.id}.99999"):
        assert "Volver al inicio" in await olga.page(f"/do/arrived/{about}", 404)
    assert f"/admin/do/codes_off/{sale.plan.id}" in await olga.page("/plans")
    assert "Sus códigos no valen" in await olga.do("codes_off", sale.plan.id)
    assert "Sus códigos valen" in await olga.do("codes_on", sale.plan.id)
    assert "No se ha borrado" in await olga.do("delete_plan", sale.plan.id)
    assert "Plan borrado" in await olga.do("delete_plan", unsold.id)
    did = {row["action"] for row in await tables.rows("SELECT action FROM audit_log WHERE actor = '9001'")}
    assert {"payment_method.arrange", "plan.tokens", "plan.deleted"} <= did
