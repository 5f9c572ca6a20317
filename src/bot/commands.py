"""The bot's commands as listed in Telegram's menu and in the help, with their names in each language."""

from collections.abc import Collection, Mapping
from typing import Final

from aiogram.filters import Command
from aiogram.types import BotCommand

from bot.texts import Texts
from subscriptions.domain.entities.spoken import nearest

COMMANDS: Final = (
    "start",
    "planes",
    "estado",
    "porque",
    "recibos",
    "cancelar",
    "mis_datos",
    "idioma",
    "ayuda",
    "paysupport",
    "terminos",
    "privacidad",
)
"""Commands in the menu's order. Each command's description is the text `chat.commands.{name}`."""
OF_FEATURES: Final = frozenset({"recibos"})
"""Commands that are in the menu only while the feature that declares the command is on or still has obligations
(draining).
"""
LATE: Final = ("historial",)
"""Commands that are added to the menu only when they have something to show."""
NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "planes": "plans",
        "estado": "status",
        "porque": "why",
        "recibos": "receipts",
        "cancelar": "cancel",
        "mis_datos": "mydata",
        "idioma": "language",
        "pagina": "page",
        "ayuda": "help",
        "historial": "record",
        "terminos": "terms",
        "privacidad": "privacy",
    },
    "pt": {
        "planes": "planos",
        "mis_datos": "meus_dados",
        "ayuda": "ajuda",
        "historial": "historico",
        "terminos": "termos",
        "privacidad": "privacidade",
    },
}
"""Names of commands in other languages, by language and command. Every name works in every language."""
_BEFORE_LATE: Final = COMMANDS.index("porque")
NOT_IN_HELP: Final = frozenset({"start", "ayuda"})
"""Commands that the help does not list."""


def name_of(name: str, language: str) -> str:
    """Return a command's name in a language, without the slash."""
    return (nearest(NAMES, language) or {}).get(name, name)


def command_filter(name: str) -> Command:
    """Return a filter for messages that contain this command under its name in any language."""
    return Command(name, *{words[name]: None for words in NAMES.values() if name in words})


def menu(t: Texts, *, late: Collection[str] = (), hidden: Collection[str] = ()) -> list[BotCommand]:
    """Return the commands for Telegram's menu. late: commands in LATE that have content. hidden: commands of
    features that are off.
    """
    shown = (name for name in LATE if name in late)
    names = (*COMMANDS[:_BEFORE_LATE], *shown, *COMMANDS[_BEFORE_LATE:])
    return [
        BotCommand(command=name_of(name, t.language), description=t.plain(f"chat.commands.{name}"))
        for name in names
        if name not in hidden
    ]


def command_list(t: Texts, hidden: Collection[str] = ()) -> str:
    """Return the help's list of commands, one per line: `/planes – Ver los planes`. hidden: see `menu`."""
    names = (name for name in COMMANDS if name not in NOT_IN_HELP and name not in hidden)
    return "\n".join(f"/{name_of(name, t.language)} – {t(f'chat.commands.{name}')}" for name in names)
