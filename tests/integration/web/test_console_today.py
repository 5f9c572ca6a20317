"""Page Today: one entry per open matter, the current month compared with the last, and accesses that end this week."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from jinja2 import Environment, meta
from sqlalchemy import Engine, event

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import month_edges
from subscriptions.domain.services.zones import HOME
from subscriptions.infrastructure.drawing.charts import WIDTH
from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.of_features import of_features
from tests.support.website import Website
from web.console.frame import FIRST
from web.console.pages.today import SHOWN
from web.paths import TEMPLATES

LETTER: Final = 8.2
"""Average width of a letter of a chart's title, in the chart's units."""
STATEMENTS: Final = 36
"""Number of SQL statements that the page runs if it shows one matter of each kind."""


def matters(page: str) -> list[str]:
    """Return the HTML of each open matter that the page Today lists."""
    blocks = page.partition('id="waiting"')[2].partition("</section>")[0].split('class="matters"')[1:]
    return [part.partition("</li>")[0] for block in blocks for part in block.split("<li>")[1:]]


async def test_failed_charge_is_on_the_today_page_with_its_customer_and_a_command(
    olga: Visitor, sale: Sale, tables: Tables
) -> None:
    await tables.rows("UPDATE subscriptions SET status = 'past_due'")
    (matter,) = matters(await olga.page(""))
    assert f'href="/admin/customers/{sale.customer.id}">{sale.customer.full_name}</a>' in matter
    assert f"No se pudo cobrar 29,99\xa0€ de {sale.plan.label}" in matter
    assert f"/admin/do/payment_pages/{sale.subscription.id}" in matter
    assert "Aviso enviado a su chat" in await olga.do("payment_pages", sale.subscription.id)


async def test_title_of_the_members_chart_fits_into_the_chart(olga: Visitor, sale: Sale) -> None:
    page = await olga.page("")
    (title,) = re.findall(r'class="title"[^>]*>([^<]+)<', page)
    assert len(title) * LETTER <= WIDTH
    assert "Incluye las suspendidas y las que tienen un cobro fallido." in page


async def test_today_page_shows_only_the_first_entries_with_a_link_to_all(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    async with site.container.core.units()() as uow:
        for _ in range(SHOWN + 1):
            who = samples.customer()
            order = samples.order(who, sale.plan)
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.subscriptions.save(samples.subscription(order))
        await uow.commit()
    await tables.rows("UPDATE subscriptions SET status = 'past_due'")
    page = await olga.page("")
    assert len(matters(page)) == SHOWN
    (path,) = re.findall(rf'href="/admin([^"]+)"><strong>{SHOWN + 2}</strong> cobros fallidos', page)
    assert f"{SHOWN + 2} filas" in await olga.page(path)


async def test_dispute_named_by_an_alarm_is_on_the_today_page_once(site: Website, olga: Visitor, sale: Sale) -> None:
    now = site.container.core.clock().now()
    dispute = Dispute.begin("acme", "dp_1", sale.payment.id, DisputeStatus.OPEN, now)
    async with site.container.core.units()() as uow:
        await uow.reversals.save_dispute(dispute)
        await uow.commit()
    (matter,) = matters(await olga.page(""))
    assert "El banco está revisando su pago de" in matter
    assert sale.customer.full_name in matter
    facts = {"customer": str(sale.customer.id), "order": str(sale.order.id), "amount": "29.99 EUR"}
    async with site.container.core.units()() as uow:
        await uow.alarms.add_if_new(Alarm.begin(f"dispute_open:{dispute.id}", "dispute_open", facts, now))
        await uow.commit()
    (matter,) = matters(await olga.page(""))
    assert "/admin/alarms/" in matter
    assert sale.customer.full_name in matter


async def test_today_page_offers_no_bulk_expiry_or_reconciliation_commands(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    now, bulk_expiry = site.container.core.clock().now(), str(uuid4())
    held = Alarm.begin("held", "sweep_held", {"sweep": bulk_expiry, "people": "40", "live": "50", "limit": "20"}, now)
    async with site.container.core.units()() as uow:
        await uow.alarms.add_if_new(held)
        await uow.commit()
    page = await olga.page("")
    assert "/do/confirm_sweep/" not in page
    assert "/do/sweep/" not in page
    assert f"/admin/do/confirm_sweep/{bulk_expiry}" in await olga.page(f"/alarms/{held.id}")
    assert "/do/sweep/" in await olga.page("/subscriptions")
    assert "/do/reconcile/" in await olga.page("/payments")


async def test_today_page_compares_this_months_revenue_with_the_same_days_of_last_month(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    now = site.container.core.clock().now()
    before, begins, _ = month_edges(now, HOME, 2)
    async with site.container.core.units()() as uow:
        for at, minor in ((now, 2500), (before, 1000), (begins - timedelta(microseconds=1), 7000)):
            who = samples.customer()
            order = samples.order(who, sale.plan)
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.payments.add_if_new(samples.payment(order, amount=Money(minor, "EUR"), occurred_at=at))
        await uow.commit()
    page = await olga.page("")
    assert '<strong class="amount">25,00\xa0€</strong> cobrado este mes' in page
    assert re.search(r"\+15,00\xa0€ respecto al mes pasado hasta el [^:]+: 10,00\xa0€", page)


async def test_absence_of_revenue_is_shown_in_words(olga: Visitor) -> None:
    page = await olga.page("")
    assert page.count("Todavía no hay ingresos") == 2, "this month, and today"
    assert not re.search(r"–\s*(?:</\w+>\s*)?cobrado", page)


async def test_today_page_shows_ending_access_and_new_subscriptions_by_plan(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    assert "A nadie se le acaba el acceso esta semana" in await olga.page("")
    await tables.rows(
        "UPDATE subscriptions SET created_at = now(), status = 'canceled', access_until = now() + interval '5 days'"
    )
    page = await olga.page("")
    ends = page.partition('id="ends"')[2].partition("</section>")[0]
    assert f"/admin/customers/{sale.customer.id}" in ends
    assert "<strong>1</strong> termina en 7 días" in ends
    plans = page.partition('id="plans"')[2].partition("</section>")[0]
    assert re.search(rf"{re.escape(sale.plan.label)}</td><td[^>]*>1</td><td[^>]*>0</td><td[^>]*>0<", plans)


@pytest.mark.parametrize("role", [StaffRole.OWNER, StaffRole.SUPPORT])
async def test_buttons_of_the_today_page_depend_on_the_role(site: Website, sale: Sale, role: StaffRole) -> None:
    await hire(site, role)
    async with visiting(site) as visitor:
        await visitor.enter()
        page = await visitor.page("")
    owns = role is StaffRole.OWNER
    assert (">Enviar un mensaje</a>" in page, ">Crear un plan</a>" in page) == (owns, owns)
    assert ("Este mes, " in page) == owns


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """Yield a counter of the statements sent by the console."""
    asked = Counter[str]()

    def count(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.engine.url.username == "umbral_console":
            asked[statement] += 1

    event.listen(Engine, "before_cursor_execute", count)
    yield asked
    event.remove(Engine, "before_cursor_execute", count)


async def one_of_each(site: Website, sale: Sale) -> None:
    """Store a failed charge, a payment under review, an open dispute, and a question if the support desk is
    installed.
    """
    now = site.container.core.clock().now()
    async with site.container.core.units()() as uow:
        who = samples.customer()
        order = samples.order(who, sale.plan)
        flagged = samples.payment(order)
        flagged.raise_flag(FlagReason.AMOUNT_MISMATCH)
        paid = samples.payment(order)
        await uow.customers.save(who)
        await uow.orders.save(order)
        await uow.subscriptions.save(samples.subscription(order, status=SubscriptionStatus.PAST_DUE))
        await uow.payments.add_if_new(flagged)
        await uow.payments.add_if_new(paid)
        await uow.reversals.save_dispute(Dispute.begin("acme", f"dp-{paid.id}", paid.id, DisputeStatus.OPEN, now))
        ask = of_features("walks", "SEEN").get("support")
        if ask is not None:
            await ask(uow)
        await uow.commit()


async def test_today_page_needs_the_same_number_of_database_queries_for_any_number_of_entries(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    await one_of_each(site, sale)
    await olga.page("")
    with counted_statements() as few:
        shown = matters(await olga.page(""))
    for _ in range(SHOWN):
        await one_of_each(site, sale)
    with counted_statements() as many:
        assert len(matters(await olga.page(""))) >= len(shown) + 3 * (SHOWN - 1)
    assert many - few == Counter()
    assert many.total() <= STATEMENTS


def test_templates_preloaded_at_sign_in_are_exactly_those_of_the_today_page() -> None:
    environment = Environment(autoescape=True)
    needed, found = {"today.html"}, set[str]()
    while needed:
        name = needed.pop()
        found.add(name)
        text = (TEMPLATES / "console" / name).read_text(encoding="utf-8")
        needed |= {each for each in meta.find_referenced_templates(environment.parse(text)) if each} - found
    assert found == set(FIRST)
