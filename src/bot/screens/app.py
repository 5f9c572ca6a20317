"""The Mini App: the button that opens it, and the link by which a browser does."""

from bot.keyboards import keyboard, link, opens_page
from bot.screens import Screen
from bot.texts import Texts


def ways(t: Texts, address: str, secret: str) -> Screen:
    """Both ways to it. secret: what opens it once; behind `#`, so that no server on the way is told, nor who looks
    ahead at a link to show what it leads to."""
    page_button = opens_page(t.plain("buttons.page_here"), address)
    return Screen(
        t("chat.page"), keyboard(page_button, link(t.plain("buttons.page_in_browser"), f"{address}#link={secret}"))
    )
