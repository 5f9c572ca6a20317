"""URL of the Mini App."""

from subscriptions.bootstrap.settings.telegram import BotSettings


def page_address(settings: BotSettings) -> str | None:
    """Return the Mini App's URL, or None if the Mini App is unavailable. Telegram only opens https URLs; the sandbox
    also opens http URLs.
    """
    reachable = settings.web_base_url.startswith("https://") or settings.clock_url is not None
    return f"{settings.web_base_url}/app" if settings.mini_app_key is not None and reachable else None
