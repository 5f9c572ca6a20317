"""Buttons of posts whose presses are counted: they link only to the bot, with a token that identifies no person."""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.post import PostButton, PostContent
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.services.counted_links import counted_buttons, read_token, with_tokens

ID = new_uuid()
BOT = "tienda_bot"


def sent(url: str, bot: str = BOT) -> str:
    content = PostContent(text="Hola", buttons=((PostButton("Ver", url),),))
    return with_tokens(content, ID, bot).buttons[0][0].url


@pytest.mark.parametrize("payload", ["", "plan_retabet", "p_SOCIA", "A" * 16, "x" * 37])
def test_counted_bot_link_keeps_its_target_and_names_the_broadcast(payload: str) -> None:
    url = sent(f"https://t.me/Tienda_Bot?start={payload}" if payload else "https://t.me/tienda_bot")
    start = url.removeprefix(f"https://t.me/{BOT}?start=")
    assert len(start) <= 64
    assert read_token(start) == (ID, payload)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/?start=plan_retabet",
        "https://t.me/another_bot?start=plan_retabet",
        "https://t.me/tienda_bot_2",
        "https://t.me/tienda_bot/app",
        "https://t.me/tienda_bot?startapp=plan",
        f"https://t.me/tienda_bot?start={'x' * 38}",
        "https://t.me.example.com/tienda_bot",
    ],
)
def test_link_to_another_address_or_with_a_too_long_payload_is_not_counted(url: str) -> None:
    assert sent(url) == url
    content = PostContent(text="Hola", buttons=((PostButton("Ver", url), PostButton("Va", f"https://t.me/{BOT}")),))
    assert counted_buttons(content, ID, BOT) == (1, 1)


def test_link_is_not_counted_before_the_bot_has_a_name() -> None:
    assert sent("https://t.me/?start=plan", "") == "https://t.me/?start=plan"


@pytest.mark.parametrize("payload", ["plan_retabet", "pub_short_plan", "", "A" * 16])
def test_payload_without_a_token_is_unchanged(payload: str) -> None:
    assert read_token(payload) == (None, payload)
