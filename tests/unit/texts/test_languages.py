"""Check that a language can be added by texts alone, and that the texts of a country override those of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from bot.screens.language import choice
from bot.texts import texts_for
from subscriptions.application.dto.languages import named_in
from subscriptions.application.people.customers import language_for
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.custom_text import CustomText
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.money import Money
from subscriptions.infrastructure.text_files import built_in_texts, vertical_texts, verticals
from web.pages import FAQ, INDEX
from web.texts import raw_texts

OF_PORTUGAL: Final = re.compile(
    r"\b(te|teus?|tuas?|ti|contigo|tu|tens|podes|queres|vês|quiseres|pagas(te)?|usaste|trouxeste|connosco|equipa|registo|"
    r"ficheiro|telemóvel|contacto|utilizador|morada|faturas?|subscri\w+|partilh\w+|receção|estás? a \w+r)\b|-te\b|"
    r"[áê]mos\b",
    re.IGNORECASE,
)
"""Pattern of words in the spelling of Portugal, and of words of informal address as used there."""


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    """Restore the available languages after the test."""
    codes = LANGUAGES._codes
    yield
    LANGUAGES._codes = codes
    LANGUAGES.settle("es")
    TEXTS.say([])


def test_reader_of_an_unknown_language_gets_the_shops_language() -> None:
    assert language_for("de") == "es"
    LANGUAGES.settle("en")
    assert [language_for(code) for code in ("de", None, "", "es", "pt-br")] == ["en", "en", "en", "es", "pt-br"]
    LANGUAGES.settle("it")
    assert language_for("de") == "es", "one that is not spoken is nobody's"
    LANGUAGES.speak(["it"])
    assert language_for("de") == "it"


def say(language: str, **texts: str) -> list[CustomText]:
    return [
        CustomText(
            language=language, key=key.replace("__", "."), text=text, changed_at=datetime(2026, 3, 1, tzinfo=UTC)
        )
        for key, text in texts.items()
    ]


def test_language_with_custom_texts_is_available() -> None:
    assert language_for("it-IT") == "es"
    LANGUAGES.speak({"it"})
    TEXTS.say(say("it", plans__list="Scegli un piano:", pages__index__heading="Il tuo accesso"))
    assert language_for("it-IT") == "it"
    t = texts_for("it")
    assert (t("plans.list"), t("plans.none")) == ("Scegli un piano:", texts_for("es")("plans.none"))
    assert t.money(Money(2999, "EUR")) == "29,99\N{NO-BREAK SPACE}€"
    markup = choice(t, None).markup
    assert markup is not None
    assert any(each.text == "🌐 Italiano" for row in markup.inline_keyboard for each in row)
    assert (INDEX.paths["it"], FAQ.paths["it"]) == ("/it", "/it/faq")
    page = raw_texts("it")
    assert (page["index"]["heading"], page["meta"]["language"]) == ("Il tuo accesso", "Italiano")
    assert page["index"]["lead"] == raw_texts("es")["index"]["lead"]


def test_texts_shared_with_brazil_contain_no_words_used_only_in_portugal() -> None:
    layers = [(built_in_texts("pt"), built_in_texts("pt-br"))]
    layers += [(vertical_texts(each, "pt"), vertical_texts(each, "pt-br")) for each in verticals()]
    borrowed = [text for of_language, own in layers for key, text in of_language.items() if key not in own]

    assert len(borrowed) > 100
    assert [text for text in borrowed if OF_PORTUGAL.search(text)] == []


def test_texts_of_a_country_override_texts_of_its_language_and_missing_texts_fall_back() -> None:
    LANGUAGES.speak({"pt-ao"})
    TEXTS.say([])
    assert (language_for("pt-ao"), language_for("pt-mz"), language_for("pt_PT")) == ("pt-ao", "pt", "pt")
    here, there = texts_for("pt-ao"), texts_for("pt")
    assert here("plans.list") == there("plans.list")
    TEXTS.say([*say("pt", plans__list="Escolhe:", plans__free="De graça"), *say("pt-ao", plans__list="Escolhe já:")])
    here = texts_for("pt-ao")
    assert (here("plans.list"), here("plans.free")) == ("Escolhe já:", "De graça")


@pytest.mark.parametrize(("reader", "polish"), [("pt", "polaco"), ("pt-br", "polonês")])
def test_languages_are_named_as_in_the_country_of_the_reader(reader: str, polish: str) -> None:
    assert named_in(reader, "pl") == polish


def test_brazilian_pages_fall_back_to_portuguese() -> None:
    here, there = raw_texts("pt-br"), raw_texts("pt")
    assert (here["site"]["skip"], there["site"]["skip"]) == ("Pular para o conteúdo", "Saltar para o conteúdo")
    assert here["site"]["home"] == there["site"]["home"]
    assert INDEX.paths["pt-br"] == "/pt-br"
