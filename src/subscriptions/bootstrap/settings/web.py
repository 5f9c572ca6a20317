"""Settings of the web process."""

from pydantic import SecretStr

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.environment import setting


class WebSettings(CoreSettings):
    """The web process. Pages, provider webhooks, the door for picks."""

    host: str = setting("WEB_HOST", "the address to listen on", default="127.0.0.1")
    port: int = setting("WEB_PORT", "the port to listen on", default=8000, ge=0, le=65535)
    picks_api_key: SecretStr | None = setting(
        "PICKS_API_KEY",
        "the key with which your core hands over picks, 16 characters or more",
        default=None,
        min_length=16,
    )
    support_contact: str = setting("SUPPORT_CONTACT", "where customers find help, e.g. @yoursupport", default="")
    accent: str = setting(
        "BRAND_ACCENT", "the brand's colour as #rrggbb", default="#0b5f66", pattern="^#[0-9a-fA-F]{6}$"
    )


class WorkerSettings(CoreSettings):
    """The worker process needs nothing of its own."""
