"""Measure the cost of the front page, a long record's page and the Mini App for visitors: bytes, requests, and the time
of the largest paint.

`python -m benchmarks.landing [URL] [--looks 5]`

Chromium reloads the page each time, as a desktop on a fast network and as a slow phone on a slow mobile network (1.6
Mbit/s, 150 ms, a processor four times slower). The median of all reloads is printed, together with the number of bytes
that a server may send before it has to wait for the first acknowledgement. Without a URL, a demo is started; the Mini
App is then the page of its menu button, for a person without purchases. The record contains ten thousand tips; its
largest paint is compared with that of the front page, measured in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import async_playwright

from benchmarks.long_record import fill
from benchmarks.rows import Row, say, tell
from tests.support.browser import find_browser
from tests.support.demo import Demo, running_demo
from tests.support.pages_seen import DESK, PHONE, measured

AT_ONCE: Final = 14_600
"""Bytes that TCP sends before it waits for the first acknowledgement: ten segments (RFC 6928)."""


VISITORS: Final = (("desk", DESK, False), ("slow phone", PHONE, True))
FRONT, RECORD, APP = "the front page", "a record of 10,000 tips", "the Mini App"


async def look(pages: Mapping[str, Callable[[], str]], looks: int) -> None:
    """Print a line per page and kind of visitor. pages: functions that return the address of a page; a page's function
    is called for every reload. looks: number of reloads of each page.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for visitor, size, slow in VISITORS:
            seen: dict[str, list[Mapping[str, float]]] = {page: [] for page in pages}
            for _ in range(looks):
                for page, address in pages.items():
                    seen[page].append(await measured(browser, address(), size=size, slow=slow))
            for page, found in seen.items():
                _tell(f"{page}, {visitor}", found)
            if RECORD in seen:
                _compare(visitor, seen[FRONT], seen[RECORD])
        await browser.close()


def _tell(what: str, seen: Sequence[Mapping[str, float]]) -> None:
    middle = {figure: statistics.median(each[figure] for each in seen) for figure in seen[0]}
    cost = (
        f"{middle['bytes'] / 1000:.1f} kB in {middle['requests']:.0f} requests, "
        f"largest paint after {middle['largest']:.0f} ms"
    )
    shares = [each["bytes"] / AT_ONCE for each in seen]
    tell(Row(what, f"{AT_ONCE / 1000:.1f} kB sent at once", cost, shares, "–"))
    say(f"{what}: {cost}, shift {middle['shift']:.3f}")


def _compare(visitor: str, front: Sequence[Mapping[str, float]], record: Sequence[Mapping[str, float]]) -> None:
    ratios = [each["largest"] / other["largest"] for each, other in zip(record, front, strict=True)]
    limit, ours = (f"{statistics.median(each['largest'] for each in seen):.0f} ms" for seen in (front, record))
    tell(Row(f"a record's largest paint, {visitor}", f"{limit} of the front page", ours, ratios, "≤ 1.1"))
    say(f"a record's largest paint, {visitor}: {ours}, {statistics.median(ratios):.2f} of the front page's")


def mini_app(demo: Demo) -> str:
    """Return the Mini App's address that a person's Telegram opens. Each call returns a newly signed address, because
    an address is valid for one page only.
    """
    control = f"{demo.facts['sandbox']}/control/users"
    with httpx.Client(trust_env=False, timeout=90) as http:
        person = http.post(control, json={"first_name": "Ana", "language_code": "es"}).raise_for_status().json()["id"]
        choice = {"bot": demo.facts["bot_username"]}
        return str(http.post(f"{control}/{person}/open_app", json=choice).raise_for_status().json()["url"])


def main() -> None:
    """Print a line per kind of visitor."""
    options = argparse.ArgumentParser(description="What the front page costs its visitor.")
    options.add_argument("url", nargs="?")
    options.add_argument("--looks", type=int, default=5)
    given = options.parse_args()
    if given.url:
        asyncio.run(look({FRONT: lambda: given.url}, given.looks))
        return
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        web, plan = demo.facts["web"], demo.sql("SELECT soft_id FROM service_plans WHERE active ORDER BY position")
        asyncio.run(fill(demo.facts["database_url"], plan))
        record = f"{web}/historial/{plan}"
        # The first request after a change recalculates everything.
        httpx.get(record, trust_env=False, timeout=90).raise_for_status()
        addresses = {FRONT: lambda: web, RECORD: lambda: record, APP: lambda: mini_app(demo)}
        asyncio.run(look(addresses, given.looks))


if __name__ == "__main__":
    main()
