"""Charts, tables and files of the console for the filters in the address, in the operator's time zone."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from features.figures.web.page import FORMER, VIEWS
from subscriptions.application.views.amounts import format_amount
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, client, no_text_is_missing, olga, sale, tables
from tests.integration.web.stored import account, lately
from tests.support.console_visitor import Visitor
from tests.support.website import Website, running_website

__all__ = ["client", "no_text_is_missing", "olga", "sale", "tables"]

FAR = ZoneInfo("Pacific/Kiritimati")


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run the site of an operator in a time zone far in the east, without a rate limit, because a test is faster than a
    person.
    """
    async with running_website(database_url, WEB_ADDRESS_REQUESTS="1000", TIMEZONE=str(FAR)) as website:
        yield website


def linked_files(page: str) -> set[str]:
    """Return the addresses of files that a page links."""
    return {part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="') if ".csv?" in part[:200]}


async def test_every_figures_page_shows_charts_and_tables_and_links_to_downloadable_files(
    site: Website, olga: Visitor, sale: Sale, tables: Tables
) -> None:
    await account(site, sale)
    await lately(tables)
    for view in VIEWS:
        page = await olga.page(f"/figures?tab={view.name}")
        charts = page.count("<figure")
        assert charts >= len(view.reports), view.name
        assert page.count("<svg") == page.count("<details>") == charts, view.name
        assert page.count('class="zero"') >= charts, view.name
        for address in linked_files(page):
            file = await olga.client.get(address)
            assert file.status_code == 200, address
            heads, *rows = csv.reader(StringIO(file.text.removeprefix("\ufeff")))
            assert rows, address
            assert all(len(row) == len(heads) for row in rows), address
    taken = await tables.rows("SELECT subject FROM audit_log WHERE action = 'list.export'")
    assert {line["subject"] for line in taken} == {name for view in VIEWS for name, _, _ in view.reports}


async def test_figures_are_filtered_by_the_parameters_of_the_address(olga: Visitor, sale: Sale, tables: Tables) -> None:
    await lately(tables)
    amount, ours = format_amount(sale.payment.amount, "es"), f"plan={sale.plan.soft_id}"
    for query in ("", f"?tab=money&{ours}&provider=&months=1&currency={sale.payment.amount.currency.lower()}"):
        assert amount in await olga.page(f"/figures{query}"), query
    for query in ("currency=JPY", "provider=stripe"):
        page = await olga.page(f"/figures?{query}")
        assert amount not in page
        assert "Nada coincide con estos filtros" in page
    for query in ("months=99", "compare=x", "plan=nobody%27s", "tab=staying&provider=x%20y", "tab=nothing"):
        assert "Volver a Hoy" in await olga.page(f"/figures?{query}", 422)
    assert "Volver a Hoy" in await olga.page("/figures.csv?sheet=nothing", 404)


async def test_figures_are_compared_with_an_earlier_period(olga: Visitor, sale: Sale, tables: Tables) -> None:
    await lately(tables)
    amount = format_amount(sale.payment.amount, "es")
    await tables.rows("UPDATE subscriptions SET ended_at = now() - interval '40 days'")
    await tables.rows("UPDATE customers SET created_at = now() - interval '40 days'")
    now = await olga.page("/figures?tab=staying&months=1&compare=none")
    before = await olga.page("/figures?tab=staying&months=3&compare=previous")
    assert "periodo comparado" not in now
    assert "periodo comparado" in before
    assert '"before":true' in before.replace(" ", "")
    assert amount in await olga.page("/figures?months=1&compare=year")


@pytest.mark.parametrize("name", FORMER)
async def test_former_address_of_a_figures_page_redirects_to_the_current_address(
    olga: Visitor, sale: Sale, name: str
) -> None:
    tab, sheet = FORMER[name]
    page = await olga.client.get(f"/admin/{name}?months=3", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, f"/admin/figures?months=3&tab={tab}")
    file = await olga.client.get(f"/admin/{name}.csv", follow_redirects=False)
    assert (file.status_code, file.headers["location"]) == (303, f"/admin/figures.csv?sheet={sheet}&tab={tab}")


async def test_business_figure_has_its_standard_name_and_an_explanation(
    olga: Visitor, sale: Sale, tables: Tables
) -> None:
    """The shop has one customer with a monthly plan of 29.99 euros that a provider renews automatically. No customer
    has left yet.
    """
    await lately(tables)
    await tables.rows(
        "UPDATE subscriptions SET status = 'active', ended_at = NULL, current_period_end = now() + interval '9 days'"
    )
    page = await olga.page("/figures?months=12")
    page = page.partition('id="s-measures"')[2]
    now, standing, expected, _ = (part.partition("</table>")[0] for part in page.split("<tbody>")[1:])
    assert [cell.partition("<")[0] for cell in now.split(">") if "€" in cell] == [
        *("29,99\xa0€", "359,88\xa0€", "29,99\xa0€"),
    ], "MRR, ARR and ARPU"
    assert "Se renueva automáticamente (MRR)" in standing
    assert "29,99\xa0€" in expected
    explained = page.partition('<details class="meanings">')[2].partition("</details>")[0]
    assert all(f"({term})</dt><dd>" in explained for term in ("MRR", "ARR", "ARPU", "churn", "revenue churn", "LTV"))
    for sheet in ("measures", "standing", "expected"):
        file = await olga.client.get(f"/admin/figures.csv?tab=money&sheet={sheet}")
        assert "29.99" in file.text, sheet


async def test_chart_axes_and_numbers_are_readable(olga: Visitor, site: Website, sale: Sale, tables: Tables) -> None:
    await account(site, sale)
    await lately(tables)
    await tables.rows("UPDATE orders SET paid_at = now() - interval '20 days'")
    entering = await olga.page("/figures?tab=entering")
    assert ">20 d<" in entering
    assert " min<" not in entering.partition("<table>")[0]
    assert ">0.0<" not in entering
    months = (await olga.client.get("/admin/figures.csv?sheet=recurring")).text.strip().splitlines()[1:]
    assert len(months) < 12, "months before the first customer are not told of"


async def test_providers_are_shown_by_name(olga: Visitor, sale: Sale, tables: Tables) -> None:
    """Exported files still contain the providers' codes, for programs."""
    await lately(tables)
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    assert "Stripe" in await olga.page("/figures")
    file = (await olga.client.get("/admin/figures.csv?sheet=ways")).text
    assert ("stripe," in file, "Stripe" in file) == (True, False)


DAY: Final = timedelta(days=1)
STATES: Final[dict[str, tuple[dict[str, Any], bool, bool]]] = {
    "active": ({}, True, True),
    "next month to be skipped": ({"pause_until": 40 * DAY}, True, True),
    "trial": ({"status": SubscriptionStatus.TRIALING}, True, False),
    "billing stopped for good": ({"billing_stopped_at": -DAY}, True, False),
    "gift": ({"provider_ref": None}, True, False),
    "one-time purchase": ({"provider_ref": None, "interval": None}, True, False),
    "past due": ({"status": SubscriptionStatus.PAST_DUE, "owed_since": -DAY}, False, False),
    "paused at the provider": (
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({PROVIDER}), "synced_at": -DAY},
        False,
        False,
    ),
    "skipped month": (
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({PROVIDER}), "pause_until": 9 * DAY},
        False,
        False,
    ),
    "suspended": (
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({STAFF}), "withheld_since": -DAY},
        False,
        False,
    ),
    "held by a dispute": (
        {"status": SubscriptionStatus.PAUSED, "paused_for": frozenset({DISPUTE}), "withheld_since": -DAY},
        False,
        False,
    ),
    "canceled with time left": ({"status": SubscriptionStatus.CANCELED, "canceled_at": -DAY}, False, False),
    "ended": ({"status": SubscriptionStatus.EXPIRED, "ended_at": -DAY}, False, False),
}
"""Attributes of subscriptions by state; spans of time count from now. Two booleans: Today counts the subscription as
active; it counts in MRR.
"""
UNPAID: Final = {"trial", "gift"}


async def test_today_counts_every_state_by_one_rule(site: Website, olga: Visitor) -> None:
    """Each state has a price of its own, so that the amount shows which states it consists of."""
    now, plan = site.container.core.clock().now(), samples.plan()
    prices = {state: Money(100 * 2**index, "EUR") for index, state in enumerate(STATES)}
    sold: dict[str, Subscription] = {}
    async with site.container.core.units()() as uow:
        await uow.plans.save(plan)
        for state, (more, *_) in STATES.items():
            who = samples.customer()
            order = samples.order(who, plan, price=prices[state], paid_at=now - 9 * DAY, created_at=now - 9 * DAY)
            facts = {name: now + value if isinstance(value, timedelta) else value for name, value in more.items()}
            sold[state] = samples.subscription(
                order, **{"access_until": now + 20 * DAY, "created_at": now - 9 * DAY, **facts}
            )
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.subscriptions.save(sold[state])
            if state not in UNPAID:
                paid = samples.payment(order, subscription_id=sold[state].id, occurred_at=now - 9 * DAY)
                await uow.payments.add_if_new(paid)
        await uow.commit()
    active, recurring = ({state for state, counts in STATES.items() if counts[index]} for index in (1, 2))
    assert {state for state, each in sold.items() if each.is_active} == active
    today = await olga.page("")
    tiles = today.partition('id="month"')[2].partition("</section>")[0]
    assert f'state=active"><strong>{len(active)}</strong> suscripciones activas' in tiles
    amount = format_amount(sum((prices[state] for state in recurring), Money(0, "EUR")), "es")
    (address,) = re.findall(rf'href="/admin([^"]+)"><strong class="amount">{amount}</strong> ingresos recurr', tiles)
    plans = today.partition('id="plans"')[2].partition("</section>")[0]
    assert re.search(rf'data-name="Activas">{len(active)}<', plans)
    for path, expected in ((address, recurring), ("/subscriptions?state=active", active)):
        page = await olga.page(path)
        listed = {state for state, each in sold.items() if f"/admin/customers/{each.customer_id}" in page}
        assert listed == expected, path
    file = (await olga.client.get("/admin/figures.csv?tab=money&sheet=measures")).text
    assert file.splitlines()[1].split(",")[1] == f"{sum(prices[state].minor for state in recurring) / 100:.2f}"
