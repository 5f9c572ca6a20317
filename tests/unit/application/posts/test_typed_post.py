"""Conversion between text typed with tags and the entities sent to Telegram."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.posts import typed_post

TAGS = ("b", "i", "u", "s", "code", "blockquote", "tg-spoiler")
PLAIN = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=8)
PIECES = st.lists(st.tuples(st.sampled_from(["", *TAGS]), PLAIN), min_size=1, max_size=6)


@given(PIECES)
def test_markup_and_entities_are_converted_both_ways(pieces: list[tuple[str, str]]) -> None:
    entities, text = [], ""
    for tag, piece in pieces:
        length = len(piece.encode("utf-16-le")) // 2
        if tag:
            (kind,) = json.loads(typed_post.read_markup(f"<{tag}>x</{tag}>")[1] or "")
            entities.append({"type": kind["type"], "offset": len(text.encode("utf-16-le")) // 2, "length": length})
        text += piece
    reported = json.dumps(entities) if entities else None
    assert typed_post.read_markup(typed_post.typed_markup(text, reported)) == (text, reported) or not entities


@pytest.mark.parametrize(
    "typed",
    ["<b>open", "<font>x</font>", "<a>x</a>", "<b>x</i>", '<b class="y">x</b>', '<tg-emoji emoji-id="x">👍</tg-emoji>'],
)
def test_markup_that_telegram_would_refuse_is_refused(typed: str) -> None:
    with pytest.raises(Wrong):
        typed_post.text(Answer(typed), {})


def test_custom_emoji_mentions_dates_and_collapsed_quotations_survive_an_edit() -> None:
    """Such entities are custom emoji, mentions of people without a username, dates and collapsed quotations."""
    typed = (
        '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji> <a href="tg://user?id=77">Ana</a>, '
        '<tg-time unix="1647531900" format="wDT">mañana</tg-time>\n<blockquote expandable>Todo</blockquote>'
    )
    assert typed_post.text(Answer(typed), {}) == typed
    plain, entities = typed_post.read_markup(typed)
    assert [each["type"] for each in json.loads(entities or "")] == [
        "custom_emoji",
        "text_mention",
        "date_time",
        "expandable_blockquote",
    ]
    assert typed_post.typed_markup(plain, entities) == typed


def test_markup_tag_typed_in_the_chat_remains_plain_text() -> None:
    assert typed_post.read_markup(typed_post.typed_markup("a <b> & c", None)) == ("a <b> & c", None)


@pytest.mark.parametrize("typed", ["1 < 2 & 3 > 2", "5 <3", "plain"])
def test_text_without_tags_is_unchanged(typed: str) -> None:
    assert typed_post.text(Answer(typed), {}) == typed
    assert typed_post.read_markup(typed) == (typed, None)


@pytest.mark.parametrize(
    "typed",
    ["Ver", "Ver - ftp://a.b", "Ver - https://", " - https://a.b", "x" * 65 + " - https://a.b", "V - https://a b"],
)
def test_invalid_button_is_refused(typed: str) -> None:
    with pytest.raises(Wrong):
        typed_post.buttons(Answer(typed), {})
