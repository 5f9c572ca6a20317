"""Terms on the public site, which mention watermarks while the feature is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from subscriptions.bootstrap.texts import TEXTS
from tests.unit.web.test_texts import IDENTITY
from web.texts import LANGUAGES, texts_for


@pytest.fixture(autouse=True)
def features_as_before() -> Iterator[None]:
    before = TEXTS.features
    yield
    TEXTS.use_features(before)


@pytest.mark.parametrize("is_on", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_mention_watermarks_only_while_watermarks_are_added(language: str, is_on: bool) -> None:
    TEXTS.use_features(["marks"] if is_on else [])
    sections = texts_for(language, IDENTITY, "@b")["terms"]["sections"]
    phrases = {"es": "lleva una marca propia", "en": "carries its own watermark", "pt": "leva uma marca própria"}
    words = phrases[language.partition("-")[0]]

    assert any(words in line for section in sections for line in section["text"]) is is_on
