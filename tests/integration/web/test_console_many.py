"""Ten thousand rows in a list: filtered, sorted, paged, and exported as a file that is written in pieces."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.lists.read_lists import EXPORT_STEP, View
from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.lists import LISTS
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import OLGA, Visitor
from tests.support.website import Website

MANY = 10_000
PAGES = 3
"""Number of pages read, out of two hundred. An export reads all pages in the same way."""

_COPIES = {
    "customers": "'telegram_id', 5000000000 + n, 'first_name', 'Persona ' || lpad(n::text, 5, '0'), 'staff_role', NULL,"
    " 'created_at', created_at - (n % 7) * interval '1 day'",
    "subscriptions": "'customer_id', md5('customers' || n)::uuid, 'provider_ref', 'many-' || n, 'price_minor', n,"
    " 'created_at', created_at - (n % 7) * interval '1 day'",
    "payments": "'customer_id', md5('customers' || n)::uuid, 'payment_key', 'many-' || n, 'amount_minor', n,"
    " 'subscription_id', md5('subscriptions' || n)::uuid, 'occurred_at', occurred_at - (n % 7) * interval '1 day'",
}
"""Columns in which the copies differ from the original. Many copies have the same timestamp, which therefore does not
determine the order.
"""


@pytest.fixture
async def many(sale: Sale, tables: Tables) -> Sale:
    """Create many customers who each bought once, in addition to the first."""
    first = {"customers": sale.customer.id, "subscriptions": sale.subscription.id, "payments": sale.payment.id}
    for table, changed in _COPIES.items():
        await tables.rows(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(model, jsonb_build_object("
            f"'id', md5('{table}' || n)::uuid, {changed}))).*"
            f" FROM {table} AS model, generate_series(1, {MANY}) AS n WHERE model.id = '{first[table]}'"
        )
        # A server runs this automatically within a minute; without it the planner assumes empty tables.
        await tables.rows(f"ANALYZE {table}")
    return sale


async def test_ten_thousand_rows_are_filtered_sorted_paged_and_exported(
    site: Website, olga: Visitor, many: Sale, tables: Tables
) -> None:
    for name, sort in {"customers": "first_name", "subscriptions": "price", "payments": "amount"}.items():
        page = await olga.page(f"/{name}?q=Persona+0777")
        assert [f"Persona 0777{last}" in page for last in range(10)] == [True] * 10, name
        assert "Persona 07769" not in page, name
        for direction, first in (("up", 1), ("down", MANY)):
            path, seen, step = f"/{name}?q=Persona&sort={sort}&dir={direction}", list[str](), 1 if first == 1 else -1
            for _ in range(PAGES):
                page = await olga.page(path)
                seen += [part[:5] for part in page.partition("<main")[2].split("Persona ")[1:]]
                path = page.partition('rel="next" href="')[2].partition('"')[0].removeprefix("/admin")
            assert seen == [f"{first + step * index:05}" for index in range(50 * PAGES)], (name, direction)
        (known,) = await tables.rows(f"SELECT count(*) AS rows FROM {name}")
        for query, rows in (("", known["rows"]), ("?q=Persona+0777", 11)):
            async with olga.client.stream("GET", f"/admin/{name}.csv{query}") as file:
                assert "content-length" not in file.headers
                lines = list(csv.DictReader([line async for line in file.aiter_lines()]))
            assert len({line["\ufeffid"] for line in lines}) == len(lines) == rows, (name, query)
    payments = LISTS["payments"]
    view = View(model=payments, sort=payments.sort, filters={}, zone=ZoneInfo("Europe/Madrid"))
    seen_by_owner = ConsoleContainer(core=site.container.core).lists()
    # Numbers of rows that an export holds in memory at a time.
    pieces = [len(piece) async for piece in await seen_by_owner.all(OLGA, view)]
    assert pieces == [EXPORT_STEP] * (MANY // EXPORT_STEP) + [1]
