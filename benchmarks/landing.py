"""What the front page costs its visitor: bytes, requests, and when the largest thing on it is painted.

`python -m benchmarks.landing URL [--looks 5]`

Chromium opens the page anew each time, as a desk with the network at hand and as a slow phone on a slow mobile network
(1.6 Mbit/s, 150 ms, a processor four times slower). The median of the looks is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys

from playwright.async_api import async_playwright

from tests.support.browser import find_browser
from tests.support.pages_seen import DESK, PHONE, measured


async def _measure(url: str, looks: int) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name, size, slow in (("desk", DESK, False), ("slow phone", PHONE, True)):
            seen = [await measured(browser, url, size=size, slow=slow) for _ in range(looks)]
            middle = {figure: statistics.median(look[figure] for look in seen) for figure in seen[0]}
            sys.stdout.write(
                f"{name}: {middle['bytes'] / 1000:.1f} kB in {middle['requests']:.0f} requests, "
                f"largest paint after {middle['largest']:.0f} ms, shift {middle['shift']:.3f}\n"
            )
        await browser.close()


def main() -> None:
    """Print a line per visitor."""
    options = argparse.ArgumentParser(description="What the front page costs its visitor.")
    options.add_argument("url")
    options.add_argument("--looks", type=int, default=5)
    given = options.parse_args()
    asyncio.run(_measure(given.url, given.looks))


if __name__ == "__main__":
    main()
