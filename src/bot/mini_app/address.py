"""Where the Mini App is."""

from subscriptions.bootstrap.settings.telegram import BotSettings


def page_address(settings: BotSettings) -> str | None:
    """Return its address; None where there is none. Telegram opens https addresses alone, the sandbox any."""
    reachable = settings.web_base_url.startswith("https://") or settings.clock_url is not None
    return f"{settings.web_base_url}/app" if settings.mini_app_key is not None and reachable else None
