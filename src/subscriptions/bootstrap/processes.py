"""The processes of an installation, and which of them its settings have run."""

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
"""What nobody has who needs no userbot. SESSION_KEY is made for everybody."""


def has_userbot(environ: Mapping[str, str]) -> bool:
    """Whether the settings say that a userbot runs; without it the bot works alone, in chats that are there already."""
    return any(environ.get(each, "").strip() for name in APPLICATION for each in (name, f"{name}_FILE"))


def processes_of(environ: Mapping[str, str]) -> Mapping[str, type[CoreSettings]]:
    """Those that these settings have run."""
    return {name: kind for name, kind in PROCESSES.items() if name != USERBOT or has_userbot(environ)}
