"""Check that a single unreadable row breaks no page and no list: the row is left out, and an alarm names the row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import pytest

from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.token_settings import settings_from_token
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor
from tests.support.features import runs
from tests.support.of_features import of_features
from tests.support.website import Website, running_website

PAGES = (
    "/",
    "/en",
    "/faq",
    "/terms",
    *(page for page in of_features("walks", "PUBLIC_PAGES") if page != "/app" or runs("miniapp")),
)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run a site that sells and has the Mini App."""
    async with running_website(
        database_url, **settings_from_token("123456:" + "a" * 30), WEB_ADDRESS_REQUESTS="1000"
    ) as website:
        await website.open_for_business()
        yield website


async def test_health_check_names_a_failing_landing_page_and_raises_an_alarm(
    client: httpx.AsyncClient, tables: Tables
) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    await tables.rows("ALTER TABLE variables RENAME TO variables_away")
    try:
        checked = await client.get("/healthz")
    finally:
        await tables.rows("ALTER TABLE variables_away RENAME TO variables")
    assert (checked.status_code, checked.json()) == (200, {"status": "ok", "failing": ["/"]})
    [job] = await tables.rows(
        "SELECT convert_from(payload, 'UTF8') AS payload FROM pgqueuer WHERE entrypoint = 'bot.alarm'"
    )
    assert '"kind":"page_fails"' in job["payload"]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE service_plans SET texts = '[7]' WHERE soft_id = 'sportium'", "service_plans"),
        ("UPDATE service_plans SET price_currency = 'QQQ' WHERE soft_id = 'sportium'", "service_plans"),
        ("UPDATE alarms SET facts = '7'", "alarms"),
        ("UPDATE resources SET kind = 'nonsense'", "resources"),
        ("UPDATE resources SET status = 'nonsense'", "resources"),
        ("UPDATE resources SET entry = 'nonsense'", "resources"),
    ],
)
async def test_every_site_and_console_page_opens_despite_an_unreadable_row(
    client: httpx.AsyncClient, core: httpx.AsyncClient, olga: Visitor, tables: Tables, statement: str, table: str
) -> None:
    assert await statuses_after(statement, table, tables, client, core, olga) == {}


async def statuses_after(
    statement: str,
    table: str,
    tables: Tables,
    client: httpx.AsyncClient,
    core: httpx.AsyncClient,
    olga: Visitor,
    pages: Sequence[str] = PAGES,
) -> Mapping[str, int]:
    """Change a table with its checks disabled, and return the status codes of the pages and lists that
    fail, by path.
    """
    assert (await client.get("/")).status_code == 200
    for constraint in await tables.rows(
        f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c'"
    ):
        await tables.rows(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint["conname"]}"')
    await tables.rows(statement)
    public = {path: (await client.get(path)).status_code for path in pages}
    console = ("/admin", *(f"/admin/{name}" for name in LISTS))
    seen = {path: (await olga.client.get(path)).status_code for path in console}
    has_api = "api" in installed().features
    programs = [f"/api/v1/{name}" for name, model in LISTS.items() if has_api and model.programs is not None]
    reported = {path: (await core.get(path)).status_code for path in programs}
    broken = {path: status for path, status in (seen | reported).items() if status >= 500}
    return {path: status for path, status in public.items() if status != 200} | broken
