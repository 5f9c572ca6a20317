"""Screens that open the Mini App: a button for Telegram, and a link for a browser."""

from bot.keyboards import button, keyboard, link, opens_page
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from features.miniapp.callbacks import APP


def app_buttons(t: Texts, address: str, secret: str, *, sells_in_browser: bool) -> Screen:
    """Return the screen with both links to the Mini App.

    secret: single-use key that opens the Mini App in a browser. The secret is in the URL's fragment, which browsers do
    not send to servers and link previews do not use. sells_in_browser: as in `Policy`.
    """
    page_button = opens_page(t.plain("buttons.page_here"), address)
    return Screen(
        t("chat.page_sells" if sells_in_browser else "chat.page"),
        keyboard(page_button, link(t.plain("buttons.page_in_browser"), f"{address}#link={secret}")),
    )


def section(t: Texts, address: str) -> StatusSection:
    """Return the Mini App's section of the status card. address: URL of the Mini App."""
    browser = button(t.plain("buttons.in_browser"), APP)
    return StatusSection(order=70, buttons=[[opens_page(t.plain("buttons.page"), address), browser]])
