"""Check that a consent button accepts the version of the terms that its data contains, whatever links are in the
message.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiogram.types import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup, Message, MessageEntity, User

from bot import callbacks, consent
from bot.callbacks import PressFilter
from bot.screens import Screen
from subscriptions.application.dto.policy import Policy

POLICY = Policy(brand="Retador", base_url="https://shop.example", terms_version="2026-11")
NEWER = Policy(brand="Retador", base_url="https://shop.example", terms_version="2026-12")
CODE = "ABCDEFGH12345678"
LONGEST = "p" * 40


def button_of(data: str, policy: Policy = POLICY) -> str:
    """Return the callback data of a button on a screen that requests consent."""
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="…", callback_data=data)]])
    bound = consent.bind_consent(Screen("…", markup), policy)
    assert bound.markup is not None
    return bound.markup.inline_keyboard[0][0].callback_data or ""


def pressed(data: str, *links: str) -> CallbackQuery:
    """Return a press of the button in a message with these links."""
    entities = [MessageEntity(type="text_link", offset=0, length=1, url=link) for link in links]
    message = Message(
        message_id=1,
        date=datetime(2026, 11, 25, tzinfo=UTC),
        chat=Chat(id=7, type="private"),
        text="…",
        entities=entities or None,
    )
    return CallbackQuery(
        id="1", from_user=User(id=7, is_bot=False, first_name="Ana"), chat_instance="1", data=data, message=message
    )


@pytest.mark.parametrize(
    ("data", "pattern"),
    [
        (callbacks.pay("stripe", "retabet"), callbacks.PAY_PATTERN),
        (callbacks.pay("mercadopago", LONGEST), callbacks.PAY_PATTERN),
        (callbacks.free("retabet"), callbacks.FREE_PATTERN),
        (callbacks.subscribe(LONGEST), callbacks.SUBSCRIBE_PATTERN),
        (callbacks.use_code(CODE), callbacks.USE_CODE_PATTERN),
        (callbacks.ACCEPT_TERMS, callbacks.ACCEPT_TERMS),
    ],
)
async def test_consent_button_accepts_the_terms_version_in_its_data_without_a_link(data: str, pattern: str):
    """Telegram creates no link for a host without a dot, so no text above the button gives the version."""
    marked = button_of(data)
    assert len(marked.encode()) <= callbacks.LIMIT
    assert await PressFilter(pattern)(pressed(marked)) == await PressFilter(pattern)(pressed(data))
    assert await PressFilter(pattern)(pressed(marked))
    assert consent.is_current(pressed(marked), POLICY)
    assert not consent.is_current(pressed(marked), NEWER)
    assert not consent.is_current(pressed(data), POLICY)


def test_older_consent_button_does_not_accept_newer_terms_linked_in_the_message():
    older = button_of(callbacks.subscribe("retabet"))
    assert not consent.is_current(pressed(older, "https://shop.example/terms?v=2026-12"), NEWER)


def test_button_that_gives_no_consent_has_no_terms_version_in_its_data():
    for data in (callbacks.PLAN_LIST, callbacks.plan_select("retabet"), callbacks.paid_for_another("retabet")):
        assert button_of(data) == data


def test_consent_button_without_a_version_accepts_the_terms_linked_in_the_message():
    full = callbacks.pay_for_another("p" * 14, LONGEST)
    assert button_of(full) == full
    assert consent.is_current(pressed(full, "https://shop.example/terms?v=2026-11"), POLICY)
    assert not consent.is_current(pressed(full, "https://shop.example/terms?v=2026-11"), NEWER)
