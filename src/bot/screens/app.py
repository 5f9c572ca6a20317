"""Screens of the Mini App: the button that opens it, and the link that opens it in a browser."""

from bot import callbacks
from bot.keyboards import button, keyboard, link, opens_page
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts


def ways(t: Texts, address: str, secret: str, *, sells_in_browser: bool) -> Screen:
    """Return both links to the page.

    secret: opens the page once in a browser. It is in the fragment, which browsers send to no server and link previews
    do not use. sells_in_browser: as in `Policy`.
    """
    page_button = opens_page(t.plain("buttons.page_here"), address)
    return Screen(
        t("chat.page_sells" if sells_in_browser else "chat.page"),
        keyboard(page_button, link(t.plain("buttons.page_in_browser"), f"{address}#link={secret}")),
    )


def section(t: Texts, address: str) -> StatusSection:
    """Return the section of the status card. address: URL of the page."""
    browser = button(t.plain("buttons.in_browser"), callbacks.APP)
    return StatusSection(order=70, buttons=[[opens_page(t.plain("buttons.page"), address), browser]])
