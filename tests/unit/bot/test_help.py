"""Check that the help screen lists every command, and has a button for the support contact if the contact can be a
link.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.types import Chat, Message

from bot.commands import COMMANDS, command_list, name_of
from bot.routers.support import support_router
from bot.screens.support import guide
from bot.texts import LANGUAGES, texts_for


def addresses(contact: str) -> list[str]:
    """Return the external URLs of the buttons on the help screen."""
    markup = guide(texts_for("es"), contact).markup
    assert markup is not None
    return [item.url for row in markup.inline_keyboard for item in row if item.url]


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_command_and_the_contact(language: str) -> None:
    t = texts_for(language)

    said = guide(t, "@retador_<b>").text

    assert command_list(t) in said
    assert "@retador_&lt;b&gt;" in said


@pytest.mark.parametrize(
    ("contact", "led"),
    [
        ("@retador_ayuda", ["https://t.me/retador_ayuda"]),
        ("https://retador.example/ayuda", ["https://retador.example/ayuda"]),
        ("ayuda@retador.example", []),
        ("De 9 a 18 en la oficina", []),
    ],
)
def test_help_has_a_contact_button_only_if_the_contact_can_be_a_link(contact: str, led: list[str]) -> None:
    assert addresses(contact) == led
    assert contact in guide(texts_for("es"), contact).text


def test_help_without_a_contact_has_no_contact_button() -> None:
    assert addresses("") == []
    assert guide(texts_for("es"), "").text.endswith("recuperar lo que tienes.")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_command_is_in_the_menu_and_handled(language: str) -> None:
    assert "ayuda" in COMMANDS
    message = Message(
        message_id=1,
        date=datetime(2026, 3, 12, tzinfo=UTC),
        chat=Chat(id=7, type="private"),
        text=f"/{name_of('ayuda', language)}",
    )
    taken = [(await handler.check(message, bot=Bot("1:x")))[0] for handler in support_router().message.handlers]

    assert taken == [True, False, False, False]
