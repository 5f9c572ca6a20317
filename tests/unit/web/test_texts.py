"""Check that the texts of all languages have the same keys and no unused placeholder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.callbacks import REASONS
from subscriptions.application.catalog.site import Identity
from tests.support.of_features import message_kinds
from web.console.words import LANGUAGES as STAFF_LANGUAGES
from web.console.words import words_for
from web.texts import LANGUAGES, raw_texts, texts_for

IDENTITY = Identity(
    brand="Retador",
    legal_identity="",
    support_contact="",
    base_url="https://retador.example",
    accent="#0b5f66",
    terms_version="2026-11",
    grace_days=5,
)


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its path."""
    if isinstance(node, str):
        yield path, node
    else:
        entries = node.items() if isinstance(node, dict) else enumerate(node)
        for name, part in entries:
            yield from leaves(part, f"{path}.{name}")


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_languages_have_the_same_texts_with_the_same_placeholders(language: str) -> None:
    own = {path: names_in(text) for path, text in leaves(raw_texts(LANGUAGES[0]))}
    other = {path: names_in(text) for path, text in leaves(raw_texts(language))}
    assert own == other


@pytest.mark.parametrize("language", LANGUAGES)
def test_web_texts_have_no_unfilled_placeholder_and_are_not_empty(language: str) -> None:
    filled = dict(leaves(texts_for(language, IDENTITY, "@RetadorBot")))
    assert [path for path, text in filled.items() if "{" in text and not path.startswith(".price.")] == []
    assert [path for path, text in filled.items() if not text.strip()] == []


@pytest.mark.parametrize("language", STAFF_LANGUAGES)
def test_console_has_a_text_for_every_message_and_every_reason(language: str) -> None:
    words = words_for(language)
    reasons = (*REASONS, "period_over", "removed", "refunded", "dispute_lost")
    keys = [*(f"chat.alarms.messages.{kind}" for kind in message_kinds()), *(f"reason.{reason}" for reason in reasons)]
    assert [key for key in keys if not words.has(key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_promises_winnings(language: str) -> None:
    everything = " ".join(text.lower() for _, text in leaves(raw_texts(language)))
    for word in (
        "garantizado",
        "fija segura",
        "ganancias aseguradas",
        "guaranteed",
        "sure bet",
        "risk-free",
        "ganhos garantidos",
    ):
        assert word not in everything


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "tu acceso termina con el periodo"), (1, "hasta 1 día después"), (5, "hasta 5 días después")],
)
def test_grace_period_is_shown_as_configured(days: int, words: str) -> None:
    identity = replace(IDENTITY, grace_days=days)
    answers = [line for entry in texts_for("es", identity, "@b")["faq"]["questions"] for line in entry["answer"]]
    assert any(words in line for line in answers)


def test_braces_in_a_brand_are_not_treated_as_placeholders() -> None:
    identity = replace(IDENTITY, brand="{bot} & {0}")
    assert texts_for("es", identity, "@b")["faq"]["title"].endswith("· {bot} & {0}")


def test_readers_in_different_time_zones_share_the_loaded_texts_of_a_language() -> None:
    """The texts of a language are loaded once, before the first page; only times depend on the time zone."""
    at, there = datetime(2026, 3, 12, 20, tzinfo=UTC), ZoneInfo("America/Bogota")
    assert words_for("es", there).entries is words_for("es").entries
    assert (words_for("es", there).clock(at), words_for("es").clock(at)) == ("15:00", "21:00")
