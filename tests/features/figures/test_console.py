"""Charts, tables and files of the console for the filters in the address, in the operator's time zone."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from io import StringIO
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.menu import MenuSection
from subscriptions.application.views.amounts import format_amount
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables, client, no_text_is_missing, olga, sale, tables
from tests.integration.web.stored import account, lately
from tests.support.console_visitor import Visitor
from tests.support.website import Website, running_website
from web.console.index import pages

__all__ = ["client", "no_text_is_missing", "olga", "sale", "tables"]

FAR = ZoneInfo("Pacific/Kiritimati")


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """The site of an operator far in the east, without a rate limit, because a test is faster than a person."""
    async with running_website(database_url, WEB_ADDRESS_REQUESTS="1000", TIMEZONE=str(FAR)) as website:
        yield website


FIGURES = [page.name for page in pages() if page.section == MenuSection.FIGURES]


async def test_figures_have_charts_tables_and_files(site: Website, olga: Visitor, sale: Sale, tables: Tables) -> None:
    await account(site, sale)
    await lately(tables)
    for name in FIGURES:
        page = await olga.page(f"/{name}")
        assert page.count("<svg") >= 1, name
        assert page.count("<table>") >= 1, name
        assert 'class="zero"' in page, name
        for address in {part.partition('"')[0] for part in page.split('href="') if ".csv?" in part.partition('"')[0]}:
            file = await olga.client.get(address)
            assert file.status_code == 200, address
            heads, *rows = csv.reader(StringIO(file.text.removeprefix("\ufeff")))
            assert rows, address
            assert all(len(row) == len(heads) for row in rows), address
    taken = await tables.rows("SELECT subject FROM audit_log WHERE action = 'list.export'")
    assert {line["subject"] for line in taken} == set(FIGURES)


async def test_figures_follow_the_filters_of_the_address(olga: Visitor, sale: Sale, tables: Tables) -> None:
    await lately(tables)
    amount, ours = format_amount(sale.payment.amount, "es"), f"plan={sale.plan.soft_id}"
    for path in ("/revenue", f"/revenue?{ours}&provider=&months=1&currency={sale.payment.amount.currency.lower()}"):
        assert amount in await olga.page(path), path
    for path in ("/revenue?currency=JPY", "/revenue?provider=stripe"):
        page = await olga.page(path)
        assert amount not in page
        assert "Nada coincide con estos filtros" in page
    for path in ("/revenue?months=99", "/recurring?plan=nobody%27s", "/cohorts?provider=x%20y", "/leaving?months=many"):
        assert "Volver a Hoy" in await olga.page(path, 422)
    assert "Volver a Hoy" in await olga.page("/revenue.csv?sheet=nothing", 404)
    assert "<table>" in await olga.page("/room?months=many"), "of no months"


async def test_measure_has_its_standard_name_and_an_explanation(olga: Visitor, sale: Sale, tables: Tables) -> None:
    """A monthly plan of 29.99 that a provider renews automatically; no customer has left yet."""
    await lately(tables)
    await tables.rows(
        "UPDATE subscriptions SET status = 'active', ended_at = NULL, current_period_end = now() + interval '9 days'"
    )
    page = await olga.page("/recurring?months=12")
    now, standing, expected, _ = (part.partition("</table>")[0] for part in page.split("<tbody>")[1:])
    assert [cell.partition("<")[0] for cell in now.split(">") if "€" in cell] == [
        *("29,99\xa0€", "359,88\xa0€", "29,99\xa0€"),
    ], "MRR, ARR and ARPU"
    assert "Se renueva automáticamente (MRR)" in standing
    assert "29,99\xa0€" in expected
    explained = page.partition('<details class="meanings">')[2].partition("</details>")[0]
    assert all(f"({term})</dt><dd>" in explained for term in ("MRR", "ARR", "ARPU", "churn", "revenue churn", "LTV"))
    for sheet in ("measures", "standing", "expected"):
        file = await olga.client.get(f"/admin/recurring.csv?sheet={sheet}")
        assert "29.99" in file.text, sheet


async def test_axes_and_numbers_are_readable(olga: Visitor, site: Website, sale: Sale, tables: Tables) -> None:
    await account(site, sale)
    await lately(tables)
    await tables.rows("UPDATE orders SET paid_at = now() - interval '20 days'")
    entering = await olga.page("/entering")
    assert ">20 d<" in entering
    assert " min<" not in entering.partition("<table>")[0]
    assert ">0.0<" not in await olga.page("/room")
    months = (await olga.page("/recurring?months=12")).partition("<tbody>")[2].count("<tr>")
    assert months < 12, "months before the first customer are not told of"


async def test_providers_are_shown_by_name(olga: Visitor, sale: Sale, tables: Tables) -> None:
    """Files still contain codes, for programs."""
    await lately(tables)
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    assert "Stripe" in await olga.page("/revenue")
    file = (await olga.client.get("/admin/revenue.csv?sheet=ways")).text
    assert ("stripe," in file, "Stripe" in file) == (True, False)
