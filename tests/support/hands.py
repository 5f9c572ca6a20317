"""How somebody works a page: with a pointer or a finger, or by the keyboard alone."""

from __future__ import annotations

from typing import Any, Final, Protocol

from playwright.async_api import Locator, Page

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
"""What has the focus: what it is called, whether one sees that it has it, and what its row or card says."""
_CHOSEN: Final = "() => document.activeElement.selectedOptions[0]?.innerText.trim()"
_MOST_TABS: Final = 160
_MOST_OPTIONS: Final = 60


async def tab_to(page: Page, name: str, beside: str = "") -> None:
    """Go on by Tab alone until what is called so has the focus; wherever it is on the way, it is to be seen.

    beside: what the row or card says that it stands in.
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
    """A label may go on in small print: that an answer is optional."""
    return label == name or label.startswith((f"{name} (", f"{name}\n"))


class Hands(Protocol):
    """page: the one that is worked."""

    page: Page

    async def press(self, name: str, *, beside: str = "") -> None:
        """Press a link or a button. beside: what the row or card says that it stands in."""

    async def write(self, field: str, text: str) -> None:
        """Write into a field, in place of what stands there."""

    async def choose(self, field: str, option: str) -> None:
        """Choose one of a list, by its words."""

    async def tick(self, box: str) -> None:
        """Tick a box, or take the tick away."""

    async def go_to(self, section: str, menu: str) -> None:
        """By the navigation, which a phone has behind its menu."""


class Pointer:
    """Hands with a mouse, or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, name: str, *, beside: str = "") -> None:
        """See Hands."""
        await self._way(name, beside).click()

    async def write(self, field: str, text: str) -> None:
        """See Hands."""
        await self.page.get_by_label(field).fill(text)

    async def choose(self, field: str, option: str) -> None:
        """See Hands."""
        await self.page.get_by_label(field).select_option(option)

    async def tick(self, box: str) -> None:
        """See Hands."""
        await self.page.get_by_label(box, exact=True).click()

    async def go_to(self, section: str, menu: str) -> None:
        """See Hands."""
        opener = self.page.get_by_role("link", name=menu, exact=True)
        if await opener.is_visible():
            await opener.click()
        await self.page.locator("nav").get_by_role("link", name=section, exact=True).click()

    def _way(self, name: str, beside: str) -> Locator:
        place = self.page.locator("body")
        if beside:
            # What may be done to a row of many columns stands in a row of its own below it.
            row = self.page.locator("tr:not(.more), article").filter(has_text=beside).first
            place = row.or_(row.locator("xpath=following-sibling::*[1][contains(@class, 'more')]"))
        link = place.get_by_role("link", name=name, exact=True)
        return link.or_(place.get_by_role("button", name=name, exact=True)).first


class Keyboard:
    """Hands that have a keyboard and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, name: str, *, beside: str = "") -> None:
        """See Hands."""
        await tab_to(self.page, name, beside)
        await self._enter()

    async def write(self, field: str, text: str) -> None:
        """See Hands."""
        await tab_to(self.page, field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)

    async def choose(self, field: str, option: str) -> None:
        """See Hands."""
        await tab_to(self.page, field)
        await self.page.keyboard.press("Home")
        for _ in range(_MOST_OPTIONS):
            if await self.page.evaluate(_CHOSEN) == option:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {option} among the answers to {field}")

    async def tick(self, box: str) -> None:
        """See Hands."""
        await tab_to(self.page, box)
        await self.page.keyboard.press("Space")

    async def go_to(self, section: str, menu: str) -> None:
        """See Hands."""
        if await self.page.get_by_role("link", name=menu, exact=True).is_visible():
            await tab_to(self.page, menu)
            await self.page.keyboard.press("Enter")
        await self.press(section)

    async def _enter(self) -> None:
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
