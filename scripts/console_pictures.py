"""Pictures of the web console for the documents: an invented shop after three years, as its owner sees it in Spanish.

`python -m scripts.console_pictures` takes only these pictures, `python -m scripts.pictures` all of them. The data
are the benchmark's, with realistic names; the pages are those of the web process.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
from PIL import Image
from playwright.async_api import async_playwright

from benchmarks.console import invent
from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.bootstrap import migrate
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.post import PostContent
from tests.support.browser import find_browser
from tests.support.console_visitor import OLGA, hire, visiting
from tests.support.pages_seen import DESK, PHONE
from tests.support.website import Website, running_website
from umbral.demo.postgres import EmbeddedPostgres

CUSTOMERS: Final = 400
TALL: Final = 1250
"""Height in pixels of the picture of a customer's page, so that the subscriptions and payments above the history are
visible.
"""
COLOURS: Final = 96
"""Number of colours of a picture: enough for flat pages, at a third of the file size."""
SAID: Final = (
    "Esta noche, dos picks nuevos en el canal.\n\nQuien venga antes de las 21:00 los ve con la cuota de salida."
)
_NAMES: Final = (
    "UPDATE service_plans SET emoji = (ARRAY['🎰', '⚽', '⭐'])[position],"
    " name = (ARRAY['Retabet', 'Sportium', 'Anual'])[position],"
    " soft_id = (ARRAY['retabet', 'sportium', 'anual'])[position]",
    "UPDATE customers SET first_name = (ARRAY['Ana', 'Luis', 'Marta', 'Javier', 'Lucía', 'Pablo', 'Elena', 'Diego'])"
    "[1 + telegram_id % 8], telegram_id = 5400000000 + telegram_id * 7919,"
    " source = (ARRAY['verano', 'youtube', 'amigos'])"
    "[1 + telegram_id % 5]",
    "UPDATE subscriptions SET provider = 'stripe'",
    "UPDATE payments SET provider = 'stripe', amount_currency = 'EUR'",
    "UPDATE subscriptions SET price_currency = 'EUR'",
    "UPDATE plan_changes SET old_price_currency = 'EUR', new_price_currency = 'EUR'",
    "UPDATE subscriptions SET access_until = now() + random() * interval '30 days' WHERE status = 'active'",
    "UPDATE customers SET created_at = now() - random() * interval '6 hours' WHERE telegram_id % 97 = 0",
    "UPDATE payments SET occurred_at = now() - random() * interval '6 hours' WHERE is_renewal AND id::text < '03'",
    "UPDATE subscriptions SET created_at = now() - random() * interval '6 hours' WHERE id::text < '04'",
    "UPDATE accesses SET joined_at = now() - random() * interval '6 hours' WHERE id::text < '03'",
    "UPDATE payments SET occurred_at = now() - interval '7 days' * (1 + get_byte(decode(md5(id::text), 'hex'), 0) % 6)"
    " - interval '1 minute' WHERE is_renewal AND id::text > 'f4'",
    "WITH waiting AS (UPDATE orders SET status = 'open', paid_at = NULL, created_at = now(),"
    " expires_at = now() + interval '1 hour' WHERE id IN (SELECT id FROM"
    # Take one order of each customer, because two open orders for the same plan are not allowed.
    " (SELECT DISTINCT ON (customer_id) id, created_at FROM orders ORDER BY customer_id, created_at DESC) AS latest"
    " ORDER BY created_at DESC LIMIT 3) RETURNING id)"
    " INSERT INTO checkout_attempts (order_id, number, provider, status, created_at, expires_at)"
    " SELECT id, 9, 'stripe', 'open', now(), now() + interval '1 hour' FROM waiting",
    "UPDATE refunds SET amount_currency = 'EUR', provider = 'stripe'",
)
_ONE: Final = (
    "SELECT c.id FROM customers c JOIN subscriptions s ON s.customer_id = c.id AND s.status = 'active'"
    " JOIN payments p ON p.subscription_id = s.id LEFT JOIN refunds r ON r.payment_id = p.id"
    " GROUP BY c.id HAVING count(*) BETWEEN 3 AND 5 ORDER BY abs(count(r.id) - 1), c.id LIMIT 1"
)


async def _furnished(site: Website, url: str) -> tuple[str, str]:
    """Add a broadcast to the shop. Return the ids of a customer and of the broadcast, whose pages show much data."""
    connection = await asyncpg.connect(url)
    somebody = str(await connection.fetchval(_ONE))
    plan = await connection.fetchval(
        "SELECT id FROM subscriptions WHERE customer_id = $1::uuid AND status = 'active' LIMIT 1", somebody
    )
    now = site.container.core.clock().now()
    broadcast = Broadcast.draft("picture", OLGA, PostContent(text=SAID), now)
    broadcast.aim(Audience())
    broadcast.start(now, now)
    broadcast.begin(now)
    alarms = ("refund_failed", {"amount": "29.99 EUR"}), ("second_capture", {"order": "93C9D14D"})
    async with site.container.core.units()() as uow:
        await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        await uow.of(BROADCASTS_KEY).address(broadcast, Audience(), broadcast.created_at)
        for kind, facts in alarms:
            await uow.alarms.add_if_new(Alarm.begin(kind, kind, facts, now))
        await uow.commit()
    await connection.execute(
        "UPDATE broadcast_deliveries SET status = CASE WHEN number % 29 = 0 THEN 'failed' ELSE 'sent' END,"
        " failed = CASE WHEN number % 29 = 0 THEN 'blocked_bot' END FROM"
        " (SELECT customer_id AS whose, row_number() OVER ()"
        " AS number FROM broadcast_deliveries) AS counted WHERE whose = customer_id AND number <= $1",
        CUSTOMERS * 2 // 3,
    )
    await connection.close()
    async with visiting(site) as visitor:
        await visitor.enter()
        await visitor.do("note", somebody, note="Prefiere que le escriban por la tarde.")
        await visitor.do("extend", plan, days="3", reason="Un día sin picks")
    return somebody, str(broadcast.id)


async def _taken(site: Website, folder: Path, somebody: str, broadcast: str) -> None:
    async with async_playwright() as playwright, visiting(site) as chat:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = await browser.new_page(viewport=DESK, locale="es-ES")
        await page.goto(site.ops + await chat.link())
        await page.locator("main button").click()
        shown = {
            "today": "",
            "story": f"/customers/{somebody}",
            "figures": "/figures?months=12",
            "broadcast": f"/broadcasts/{broadcast}",
        }
        for name, path in shown.items():
            await page.set_viewport_size({**DESK, "height": TALL} if name == "story" else DESK)
            await page.goto(f"{site.ops}/admin{path}")
            await page.screenshot(path=folder / f"console-{name}.png")
        await page.set_viewport_size(PHONE)
        await page.screenshot(path=folder / "console-phone.png")
        await browser.close()


@asynccontextmanager
async def running_shop(url: str) -> AsyncIterator[tuple[Website, str, str]]:
    """Run the web process of an invented shop on an empty database. Yield the website and the ids of a customer and a
    broadcast.
    """
    await invent(url, CUSTOMERS)
    connection = await asyncpg.connect(url)
    for role in ("umbral_web", "umbral_console"):
        await connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{role}'")
    for statement in _NAMES:
        await connection.execute(statement)
    await connection.close()
    async with running_website(url, WEB_ADDRESS_REQUESTS="1000") as site:
        await hire(site, StaffRole.OWNER)
        yield site, *await _furnished(site, url)


async def _all(url: str, folder: Path) -> None:
    async with running_shop(url) as (site, somebody, broadcast):
        await _taken(site, folder, somebody, broadcast)


def take(folder: Path) -> None:
    """Take all pictures of the console, named `console-*.png`."""
    with tempfile.TemporaryDirectory() as data, EmbeddedPostgres(Path(data)) as postgres:
        migrate.upgrade(postgres.url)
        asyncio.run(_all(postgres.url, folder))
    for path in sorted(folder.glob("console-*.png")):
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)


if __name__ == "__main__":
    take(Path(__file__).parents[1] / "docs" / "img")
