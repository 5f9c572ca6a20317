"""What a visitor's browser goes through for a page: bytes, requests, the moment of the largest paint, shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
TABLET: Final[ViewportSize] = {"width": 1024, "height": 768}
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
SLOW: Final[Mapping[str, float]] = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
"""A slow mobile network: milliseconds, and bytes a second."""
CPU: Final = 4
"""How many times slower than here a phone reckons."""

_WATCH: Final = """
window.seen = { largest: 0, shift: 0 };
new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.largest = entry.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.shift += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
_DRAWN: Final = "() => window.seen.largest > 0 && document.readyState === 'complete'"


async def measured(browser: Browser, url: str, *, size: ViewportSize = PHONE, slow: bool = False) -> dict[str, float]:
    """`bytes` as transferred, heads included, `requests`, `largest` in milliseconds and `shift` as Chromium counts it.

    slow: over a slow mobile network, on a slow phone.
    """
    page = await browser.new_page(viewport=size)
    session = await page.context.new_cdp_session(page)
    transferred: list[float] = []
    session.on("Network.loadingFinished", lambda event: transferred.append(event["encodedDataLength"]))
    await session.send("Network.enable")
    if slow:
        await session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
        await session.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    await page.add_init_script(_WATCH)
    await page.goto(url, wait_until="networkidle")
    await page.wait_for_function(_DRAWN)
    seen: dict[str, float] = await page.evaluate("window.seen")
    await page.close()
    return {"bytes": sum(transferred), "requests": len(transferred), **seen}


async def complaints(page: Page) -> Sequence[str]:
    """What axe-core holds against a page as it stands, by the rules of WCAG 2.2 A and AA."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
    found: dict[str, Any] = (await Axe().run(page, options=rules)).response
    broken = [(rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]
    return [f"{rule}: {node['target']} {node['html'][:120]}" for rule, node in broken]
