"""The bot's commands: in Telegram's menu, in help, and what each is called in another language."""

from collections.abc import Mapping
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
"""In the menu's order. Each is described by `chat.commands.{name}`."""
RECORD: Final = "historial"
"""The command that stands in the menu only where a record of tips exists."""
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
"""What a command is called in a language that has its own word for it. Each is understood in every language."""
_BEFORE_RECORD: Final = COMMANDS.index("porque")
NOT_IN_HELP: Final = frozenset({"start", "ayuda"})
"""Commands that are of no help to whoever reads it."""


def name_of(name: str, language: str) -> str:
    """The command's word in a language, without the slash."""
    return (nearest(NAMES, language) or {}).get(name, name)


def command_filter(name: str) -> Command:
    """Messages that are the command, by its word in any language."""
    return Command(name, *{words[name]: None for words in NAMES.values() if name in words})


def menu(t: Texts, *, has_record: bool = False) -> list[BotCommand]:
    """All of them, as Telegram lists them beside the field one writes in. has_record: whether there are tips."""
    names = (*COMMANDS[:_BEFORE_RECORD], RECORD, *COMMANDS[_BEFORE_RECORD:]) if has_record else COMMANDS
    return [
        BotCommand(command=name_of(name, t.language), description=t.plain(f"chat.commands.{name}")) for name in names
    ]


def command_list(t: Texts) -> str:
    """What one can do here, a command a line: `/planes – Ver los planes`."""
    return "\n".join(
        f"/{name_of(name, t.language)} – {t(f'chat.commands.{name}')}" for name in COMMANDS if name not in NOT_IN_HELP
    )
