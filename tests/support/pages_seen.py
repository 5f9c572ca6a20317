"""Measurements and accessibility checks of a page in a browser: bytes, requests, time of the largest paint, and layout
shifts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

from tests.support.chromium import open_page

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
TABLET: Final[ViewportSize] = {"width": 1024, "height": 768}
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
SLOW: Final[Mapping[str, float]] = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
"""Throttling values of a slow mobile network: latency in milliseconds, throughput in bytes per second."""
CPU: Final = 4
"""Factor by which the processor is slowed down to simulate a phone."""

_WATCH: Final = """
window.seen = { largest: 0, shift: 0 };
new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.largest = entry.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.shift += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
_COLOURS: Final = ("color-contrast",)
_PLACES: Final = ("target-size", "scrollable-region-focusable")
# Without this option, axe reports no result for text that a pseudo-element may cover, after spending three quarters of
# its time on the search for one.
_JUDGE_ALL: Final = "axe.configure({ checks: [{ id: 'color-contrast', options: { ignorePseudo: true } }] })"
_RUN: Final = """([exclude, options]) => axe.run({ include: [["html"]], exclude }, options).then(({ violations }) =>
  violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.html.slice(0, 120)}`)))"""
_DRAWN: Final = "() => window.seen.largest > 0 && document.readyState === 'complete'"


async def measured(browser: Browser, url: str, *, size: ViewportSize = PHONE, slow: bool = False) -> dict[str, float]:
    """Return the measurements of a page: transferred `bytes` including headers, `requests`, `largest` (time of the
    largest paint) in milliseconds, and `shift` (layout shift) as measured by Chromium.

    slow: True to simulate a slow mobile network and a slow phone.
    """
    page = await open_page(browser, viewport=size)
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


async def complaints(page: Page, *only: str, besides: Sequence[str] = ()) -> Sequence[str]:
    """Return axe-core's violations of WCAG 2.2 A and AA by the page in its current state. only: check only these rules.
    besides: selectors of parts of the page to exclude.
    """
    # Parsing half a megabyte of script takes as long as running it, and a page that was only resized still has the
    # script.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
        await page.evaluate(_JUDGE_ALL)
    rules = list(only or ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"))
    options = {"runOnly": {"type": "rule" if only else "tag", "values": rules}, "resultTypes": ["violations"]}
    broken: list[str] = await page.evaluate(_RUN, [[[each] for each in besides], options])
    return broken


async def complaints_everywhere(page: Page, besides: Sequence[str] = ()) -> Sequence[str]:
    """Return the violations of a page at three widths and in both themes. Each violation begins with its width and
    theme.

    All rules are checked at a phone's width. At other widths only rules about positions and colours are checked, and in
    the dark theme only rules about colours, because nothing else differs there.
    """
    found = []
    for size in (PHONE, TABLET, DESK):
        await page.set_viewport_size(size)
        for theme, rules in (("light", () if size is PHONE else (*_COLOURS, *_PLACES)), ("dark", _COLOURS)):
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            seen = await complaints(page, *rules, besides=besides)
            found += [f"{size['width']} {theme}: {each}" for each in seen]
    return found
