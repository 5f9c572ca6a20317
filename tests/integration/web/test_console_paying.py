"""Payment providers and plans in the console, managed by the same use cases as in the panel."""

from __future__ import annotations

from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor
from tests.support.website import Website


async def test_staff_manage_providers_and_plans_in_the_console_with_audit_entries(
    olga: Visitor, sale: Sale, site: Website, tables: Tables
) -> None:
    async with site.container.core.units()() as uow:
        unsold = samples.plan(name="Nobody's")
        await uow.plans.save(unsold)
        await uow.commit()
    page = await olga.page("/methods")
    assert ("se ofrece" in page, "/admin/do/hide_payment_method/stripe" in page) == (True, True)
    assert "sk_test" not in page
    assert all(name in page for name in ("PAYPAL_CLIENT_ID", "developer.paypal.com")), "how one that is not set up is"
    assert "Desactivada" in await olga.do("hide_payment_method", "stripe")
    assert "/admin/do/show_payment_method/stripe" in await olga.page("/methods")
    assert "Telegram exige su propia moneda" in await olga.page("/do/show_payment_method/stripe")
    assert "ya ven su botón" in await olga.do("show_payment_method", "stripe")
    assert "Volver a Hoy" in await olga.page("/do/show_payment_method/paypal", 404)
    assert "No hay pagos por confirmar" in await olga.page("/arrivals")
    for about in ("nobody", f"{sale.order.id}.1", f"{sale.order.id}.99999"):
        assert "Volver a Hoy" in await olga.page(f"/do/confirm_payment/{about}", 404)
    assert f"/admin/do/refuse_codes/{sale.plan.id}" in await olga.page("/plans")
    assert "no funcionan mientras" in await olga.do("refuse_codes", sale.plan.id)
    assert "vuelven a funcionar" in await olga.do("honour_codes", sale.plan.id)
    assert "no se ha eliminado" in await olga.do("delete_plan", sale.plan.id)
    assert "eliminado" in await olga.do("delete_plan", unsold.id)
    did = {row["action"] for row in await tables.rows("SELECT action FROM audit_log WHERE actor = '9001'")}
    assert {"payment_method.arrange", "plan.tokens", "plan.deleted"} <= did
