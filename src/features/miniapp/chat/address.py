"""URL of the Mini App, and the check that its key belongs to the bot."""

import hmac
from typing import cast

from bot.menu import MenuPage
from features.miniapp.settings import MiniAppSettings, mini_app_key
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.errors import InvalidInput


def page_address(settings: BotSettings) -> str | None:
    """Return the Mini App's URL, or None if the Mini App is unavailable. Telegram opens only https URLs; the sandbox
    also opens http URLs.
    """
    key = cast(MiniAppSettings, settings).mini_app_key
    reachable = settings.web_base_url.startswith("https://") or settings.clock_url is not None
    return f"{settings.web_base_url}/app" if key is not None and reachable else None


def menu_page(container: BotContainer) -> MenuPage | None:
    """Return the page for the menu button; None if the Mini App is unavailable. Raises InvalidInput if the key belongs
    to another bot.
    """
    settings = container.settings()
    key, token = cast(MiniAppSettings, settings).mini_app_key, settings.token.get_secret_value()
    if key is not None and not hmac.compare_digest(key.get_secret_value(), mini_app_key(token)):
        raise InvalidInput("MINI_APP_KEY", "is of another bot; take what `umbral miniapp` prints")
    address = page_address(settings)
    return MenuPage(address, "buttons.mini_app") if address is not None else None
