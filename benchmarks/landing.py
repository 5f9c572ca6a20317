"""What the front page and the Mini App cost their visitor: bytes, requests, and when the largest thing is painted.

`python -m benchmarks.landing [URL] [--looks 5]`

Chromium opens the page anew each time, as a desk with the network at hand and as a slow phone on a slow mobile network
(1.6 Mbit/s, 150 ms, a processor four times slower). The median of the looks is printed, and what a server may send
before it has to wait for its first answer beside it. Without a URL it is a demo's own; the Mini App is then the page
that its menu button opens, for somebody who has nothing yet.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import async_playwright

from benchmarks.rows import Row, say, tell
from tests.support.browser import find_browser
from tests.support.demo import Demo, running_demo
from tests.support.pages_seen import DESK, PHONE, measured

AT_ONCE: Final = 14_600
"""Bytes that TCP sends before it waits: ten segments (RFC 6928)."""


async def look(url: str, looks: int, page: str = "the front page") -> None:
    """Print a line per visitor. page: what it is called."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name, size, slow in (("desk", DESK, False), ("slow phone", PHONE, True)):
            seen = [await measured(browser, url, size=size, slow=slow) for _ in range(looks)]
            middle = {figure: statistics.median(each[figure] for each in seen) for figure in seen[0]}
            cost = (
                f"{middle['bytes'] / 1000:.1f} kB in {middle['requests']:.0f} requests, "
                f"largest paint after {middle['largest']:.0f} ms"
            )
            shares = [each["bytes"] / AT_ONCE for each in seen]
            tell(Row(f"{page}, {name}", f"{AT_ONCE / 1000:.1f} kB sent at once", cost, shares, "–"))
            say(f"{page}, {name}: {cost}, shift {middle['shift']:.3f}")
        await browser.close()


def mini_app(demo: Demo) -> str:
    """Return the address that somebody's Telegram opens."""
    control = f"{demo.facts['sandbox']}/control/users"
    with httpx.Client(trust_env=False, timeout=90) as http:
        person = http.post(control, json={"first_name": "Ana", "language_code": "es"}).raise_for_status().json()["id"]
        choice = {"bot": demo.facts["bot_username"]}
        return str(http.post(f"{control}/{person}/open_app", json=choice).raise_for_status().json()["url"])


def main() -> None:
    """Print a line per visitor."""
    options = argparse.ArgumentParser(description="What the front page costs its visitor.")
    options.add_argument("url", nargs="?")
    options.add_argument("--looks", type=int, default=5)
    given = options.parse_args()
    if given.url:
        asyncio.run(look(given.url, given.looks))
        return
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        asyncio.run(look(demo.facts["web"], given.looks))
        asyncio.run(look(mini_app(demo), given.looks, "the Mini App"))


if __name__ == "__main__":
    main()
