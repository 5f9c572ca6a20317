"""Check that a command with a condition, such as the one for the track record, is added to the menu once it has
content.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import SetMyCommands

from bot import menu
from bot.commands import LATE
from bot.texts import load_texts
from subscriptions.domain.errors import RetryLater


class Chat:
    """Fake of Telegram's menu of commands.

    errors: raised by the next calls.
    """

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.menus: dict[str | None, list[str]] = {}

    async def set_my_commands(self, commands: list[Any], language_code: str | None = None) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.menus[language_code] = [command.command for command in commands]


async def test_conditional_command_is_added_to_the_menu_once_it_has_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu, "LOOKED_FOR_EVERY_S", 0.001)
    chat, looks = Chat(TelegramNetworkError(SetMyCommands(commands=[]), "away")), list[int]()

    async def exists() -> bool:
        looks.append(1)
        if len(looks) == 1:
            raise RetryLater("the database is away")
        return len(looks) > 2

    await asyncio.wait_for(menu.add_late(chat, {LATE[0]: exists}, asyncio.Event()), 10)  # type: ignore[arg-type]
    assert len(chat.menus) == len([each for each in load_texts() if each.isalpha()]), "no country's own"
    assert LATE[0] in chat.menus[None]
    assert len(looks) == 4


async def test_checks_for_conditional_commands_stop_at_shutdown() -> None:
    chat = Chat()

    async def exists() -> bool:
        return False

    async with menu.watched_menu(chat, {LATE[0]: exists}):  # type: ignore[arg-type]
        await asyncio.sleep(0)
    assert chat.menus == {}
