"""Processes of an installation, and the selection of the processes that its settings require."""

from collections.abc import Mapping
from typing import Final

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings

PROCESSES: Final[Mapping[str, type[CoreSettings]]] = {
    "web": WebSettings,
    "worker": WorkerSettings,
    "bot": BotSettings,
    "userbot": UserbotSettings,
}

USERBOT: Final = "userbot"
APPLICATION: Final = ("TELEGRAM_API_ID", "TELEGRAM_API_HASH")
"""Settings that are present only if a userbot is used. SESSION_KEY is not among them, because it is generated for every
installation.
"""


def has_userbot(environ: Mapping[str, str]) -> bool:
    """Return True if a userbot is configured. Without a userbot, the bot manages existing chats only."""
    return any(environ.get(each, "").strip() for name in APPLICATION for each in (name, f"{name}_FILE"))


def processes_of(environ: Mapping[str, str]) -> Mapping[str, type[CoreSettings]]:
    """Return the processes that these settings require."""
    return {name: kind for name, kind in PROCESSES.items() if name != USERBOT or has_userbot(environ)}
