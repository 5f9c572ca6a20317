"""Check that the texts of each vertical are about its own products, and that only the texts of `tips` are about
betting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest

from bot.texts import texts_for as chat_texts
from subscriptions.application.catalog.site import Identity
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.setting_up import read_plan
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.texts import DEFAULT_VERTICAL, TEXTS, verticals
from subscriptions.domain.entities.spoken import LANGUAGES, variants
from subscriptions.infrastructure.text_files import built_in_texts, vertical_texts
from tests.support.removed import REMOVED
from web.texts import texts_for as page_texts

BETTING: Final = re.compile(
    r"apuest|aposta|apostes|\bcasas? de|\bpicks?\b(?! up)|pron[oó]stico|progn[oó]stico|palpite|forecast|\bbets?\b|"
    r"betting|bookmaker|wager|gambl|\bjueg|jugador|\bjoga|\bjogo|winning|ganancia|\bganhos|tipster|\bcuotas?\b|\bodds\b|"
    r"\bstakes?\b|\btips\b",
    re.IGNORECASE,
)
OF_THE_RECORD: Final = re.compile(r"(pages\.)?record\.|chat\.commands\.historial$")
OTHERS: Final = sorted(set(verticals()) - {DEFAULT_VERTICAL})
IDENTITY: Final = Identity(
    brand="Tienda",
    legal_identity="",
    support_contact="@tienda",
    base_url="https://tienda.example",
    accent="#0b5f66",
    terms_version="2026-11",
    grace_days=5,
)
ENVIRON: Final = {"DATABASE_URL": "postgresql://a:b@localhost/c"}


@pytest.fixture(autouse=True)
def as_ever() -> Iterator[None]:
    TEXTS.use_features(installed().features)
    yield
    TEXTS.choose(DEFAULT_VERTICAL)
    TEXTS.use_features(())


def settings(**environ: str) -> CoreSettings:
    return load(CoreSettings, {**ENVIRON, **environ})


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    else:
        for part in node.values() if isinstance(node, dict) else node:
            yield from leaves(part)


def read_by_customers(language: str) -> dict[str, str]:
    """Return the texts shown to customers, without those of the track record, which only `tips` has. They are the texts
    that exist in Portuguese, because texts for staff are not translated to Portuguese.
    """
    mine = {key: text for key, text in TEXTS.texts_of(language).items() if key in built_in_texts("pt")}
    return {key: text for key, text in mine.items() if not OF_THE_RECORD.match(key)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("vertical", OTHERS)
def test_texts_of_shops_that_do_not_sell_tips_contain_no_betting_terms(vertical: str, language: str) -> None:
    TEXTS.choose(vertical)
    parts = {name: part for name, part in page_texts(language, IDENTITY, "@tienda_bot").items() if name != "record"}
    pages = {f"page: {text}": text for text in leaves(parts)}
    welcome = {"CHANNEL_WELCOME": settings(VERTICAL=vertical).policy.welcome_in(language)}
    read = {**read_by_customers(language), **pages, **welcome}

    assert len(read) > 600
    assert {key: text for key, text in read.items() if BETTING.search(text)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_tips_shops_mention_betting_in_chat_pages_and_channel_welcome(language: str) -> None:
    pages = " ".join(leaves(page_texts(language, IDENTITY, "@bot")))
    for text in (chat_texts(language)("plans.welcome", brand="Retador"), pages, settings().policy.welcome_in(language)):
        assert BETTING.search(text)


@pytest.mark.parametrize("vertical", [DEFAULT_VERTICAL, "signals"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_adult_verticals_require_confirmation_of_age_and_state_the_requirement(language: str, vertical: str) -> None:
    TEXTS.choose("plain")
    plain = chat_texts(language)("buttons.accept_terms")
    assert page_texts(language, IDENTITY, "@bot")["site"]["adults"] == ""
    TEXTS.choose(vertical)

    assert chat_texts(language)("buttons.accept_terms") != plain
    assert page_texts(language, IDENTITY, "@bot")["site"]["adults"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("vertical", sorted(verticals()))
def test_vertical_text_replaces_an_existing_text_and_uses_only_its_placeholders(vertical: str, language: str) -> None:
    built_in = {key: text for each in variants(language)[::-1] for key, text in built_in_texts(each).items()}
    found = vertical_texts(vertical, language)
    if not REMOVED:
        assert found.keys() <= built_in.keys()
    for key, text in ((key, found[key]) for key in found.keys() & built_in.keys()):
        assert names(text) <= names(built_in[key]) | {"brand", "bot"}, key


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("vertical", sorted(verticals()))
def test_starter_plans_of_a_vertical_are_valid(vertical: str) -> None:
    for language in ("es", "en"):
        assert [read_plan(plan).price.minor > 0 for plan in verticals()[vertical].plans[language]]


def test_vertical_sets_defaults_that_the_environment_overrides(tmp_path: Path) -> None:
    entry = tmp_path / "entry"
    entry.write_text("ritual")

    assert settings().policy.vip_ritual
    assert not settings(VERTICAL="courses").policy.vip_ritual
    assert settings(VERTICAL="courses", VIP_ENTRY="ritual").policy.vip_ritual
    assert settings(VERTICAL="courses", VIP_ENTRY_FILE=str(entry)).policy.vip_ritual


@pytest.mark.parametrize("vertical", sorted(verticals()))
def test_brazilian_welcome_is_used_unless_the_operator_has_a_portuguese_welcome(vertical: str) -> None:
    ours, theirs = settings(VERTICAL=vertical), settings(VERTICAL=vertical, CHANNEL_WELCOME_PT="Olá, {name}")
    assert "sua assinatura" in ours.policy.welcome_in("pt-br")
    assert "tua subscrição" in ours.policy.welcome_in("pt")
    assert {theirs.policy.welcome_in(language) for language in ("pt", "pt-br")} == {"Olá, {name}"}
    both = settings(VERTICAL=vertical, CHANNEL_WELCOME_PT="Olá", CHANNEL_WELCOME_PT_BR="Oi")
    assert [both.policy.welcome_in(language) for language in ("pt", "pt-br")] == ["Olá", "Oi"]


def test_unknown_vertical_is_refused_and_named() -> None:
    with pytest.raises(SettingsError, match="VERTICAL: must be one of community, courses, plain, signals, tips"):
        settings(VERTICAL="betting")
