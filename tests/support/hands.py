"""Interfaces to operate a page: by pointer or finger, or by keyboard only."""

from __future__ import annotations

from typing import Any, Final, Protocol

from playwright.async_api import Locator, Page

from web.console.index import pages
from web.console.words import words_for

_FOCUSED: Final = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const name = at.labels && at.labels.length ? at.labels[0].innerText : at.innerText || at.getAttribute("aria-label");
  const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 1;
  const row = at.closest("tr.more") ? at.closest("tr").previousElementSibling : at.closest("tr, article");
  return { name: (name || "").trim(), seen: marked && inside, beside: row ? row.innerText : "",
    html: at.outerHTML.slice(0, 160) };
}"""
"""Script that returns the focused element: its name, whether the focus is visible, and the text of its row or card."""
_CHOSEN: Final = "() => document.activeElement.selectedOptions[0]?.innerText.trim()"
_MOST_TABS: Final = 160
_MOST_OPTIONS: Final = 60


async def is_open(page: Page, name: str) -> bool:
    """Return True if the menu marks the page with this name as open, either by its tab or by its section."""
    return await page.locator("nav [aria-current=page]").get_by_text(name, exact=True).count() > 0


def links_to(name: str) -> list[str]:
    """Return the labels of the links by which a page can be reached from its section: the tab that the page shares with
    others, if any, and the page's own link.
    """
    for words in map(words_for, ("es", "en")):
        for page in pages():
            if page.tab and words(f"page.{page.name}") == name:
                tab = words(f"tab.{page.tab}")
                return [tab] if tab == name else [tab, name]
    return [name]


async def tab_to(page: Page, name: str, beside: str = "") -> None:
    """Press Tab until the element with this name has the focus. Asserts that each focused element on the way is
    visible.

    beside: text of the row or card that contains the element.
    """
    passed = []
    for _ in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        focused: dict[str, Any] | None = await page.evaluate(_FOCUSED)
        assert focused is None or focused["seen"], focused
        if focused is not None and _same(focused["name"], name) and beside in focused["beside"]:
            return
        passed.append(focused["name"] if focused else None)
    raise AssertionError(f"no way to {name}, but to {passed}")


def _same(label: str, name: str) -> bool:
    """Return True if a label shows the name. The label may have small print after the name, such as "optional"."""
    return label == name or label.startswith((f"{name} (", f"{name}\n"))


class Hands(Protocol):
    """Interface to operate a web page. page: the browser's page."""

    page: Page

    async def press(self, name: str, *, beside: str = "") -> None:
        """Press a link or a button. beside: text of the row or card that contains it."""

    async def write(self, field: str, text: str) -> None:
        """Fill in a field, replacing its content."""

    async def choose(self, field: str, option: str) -> None:
        """Choose an option of a list by its text."""

    async def tick(self, box: str) -> None:
        """Toggle a checkbox."""

    async def go_to(self, section: str, name: str, menu: str) -> None:
        """Open a page by the link of its section in the menu, which is hidden on a phone, and by its tab. menu: label
        of the button that shows the menu.
        """


class Pointer:
    """Implementation of `Hands` that uses the mouse or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, name: str, *, beside: str = "") -> None:
        """See `Hands.press`."""
        await self._control(name, beside).click()

    async def write(self, field: str, text: str) -> None:
        """See `Hands.write`."""
        await self.page.get_by_label(field).fill(text)

    async def choose(self, field: str, option: str) -> None:
        """See `Hands.choose`."""
        await self.page.get_by_label(field).select_option(option)

    async def tick(self, box: str) -> None:
        """See `Hands.tick`."""
        await self.page.get_by_label(box, exact=True).click()

    async def go_to(self, section: str, name: str, menu: str) -> None:
        """See `Hands.go_to`."""
        opener = self.page.get_by_role("link", name=menu, exact=True)
        if await opener.is_visible():
            await opener.click()
        await self.page.locator("#menu").get_by_role("link", name=section, exact=True).click()
        await self.page.wait_for_load_state()
        for link in () if await is_open(self.page, name) else links_to(name):
            await self.page.locator(".tabs, .within").get_by_role("link", name=link, exact=True).click()

    def _control(self, name: str, beside: str) -> Locator:
        region = self.page.locator("body")
        if beside:
            # The actions of a row with many columns are in a separate row below it.
            row = self.page.locator("tr:not(.more), article").filter(has_text=beside).first
            region = row.or_(row.locator("xpath=following-sibling::*[1][contains(@class, 'more')]"))
        link = region.get_by_role("link", name=name, exact=True)
        return link.or_(region.get_by_role("button", name=name, exact=True)).first


class Keyboard:
    """Implementation of `Hands` that uses the keyboard only."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, name: str, *, beside: str = "") -> None:
        """See `Hands.press`."""
        await tab_to(self.page, name, beside)
        await self._enter()

    async def write(self, field: str, text: str) -> None:
        """See `Hands.write`."""
        await tab_to(self.page, field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)

    async def choose(self, field: str, option: str) -> None:
        """See `Hands.choose`."""
        await tab_to(self.page, field)
        await self.page.keyboard.press("Home")
        for _ in range(_MOST_OPTIONS):
            if await self.page.evaluate(_CHOSEN) == option:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {option} among the answers to {field}")

    async def tick(self, box: str) -> None:
        """See `Hands.tick`."""
        await tab_to(self.page, box)
        await self.page.keyboard.press("Space")

    async def go_to(self, section: str, name: str, menu: str) -> None:
        """See `Hands.go_to`."""
        if await self.page.get_by_role("link", name=menu, exact=True).is_visible():
            await tab_to(self.page, menu)
            await self.page.keyboard.press("Enter")
        await self.press(section)
        for link in () if await is_open(self.page, name) else links_to(name):
            await self.press(link)

    async def _enter(self) -> None:
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
