"""Rules for custom texts: invalid texts are refused with the reason, and every default text is valid."""

from __future__ import annotations

import pytest

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.texts.text_rules import check_text
from subscriptions.bootstrap.texts import TEXTS, verticals
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.infrastructure.text_files import vertical_texts

WELCOME = "👋 <b>¡Bienvenido a {brand}!</b>\n\nElige un plan."
CONSENT = 'Aceptas los <a href="{terms}">términos</a> y\nla <a href="{privacy}">privacidad</a>.'


@pytest.mark.parametrize(
    ("key", "default", "text", "problem"),
    [
        ("plans.welcome", WELCOME, "Hola, esto es <i>{brand}</i>", None),
        ("plans.welcome", WELCOME, "Un {{corchete}} y un &lt;", None),
        ("plans.welcome", WELCOME, " \n ", ("text_empty", {})),
        ("plans.welcome", WELCOME, "Hola {plan}", ("text_fact", {"name": "{plan}", "names": "{brand}"})),
        ("plans.welcome", WELCOME, "Hola {brand", ("text_braces", {})),
        ("plans.welcome", WELCOME, "Hola {brand.__class__}", ("text_braces", {})),
        ("plans.welcome", WELCOME, "Hola {brand!r}", ("text_braces", {})),
        ("plans.welcome", WELCOME, "Hola {brand:9999999999}", ("text_braces", {})),
        ("plans.welcome", WELCOME, "Hola {}", ("text_braces", {})),
        ("plans.welcome", WELCOME, "<b>{brand}", ("text_markup", {"tag": "<b>"})),
        ("plans.welcome", WELCOME, "<b><i>{brand}</b></i>", ("text_markup", {"tag": "</b>"})),
        ("plans.welcome", WELCOME, "{brand}</b>", ("text_markup", {"tag": "</b>"})),
        ("plans.welcome", WELCOME, "<h1>{brand}</h1>", ("text_markup", {"tag": "<h1>"})),
        ("plans.welcome", WELCOME, '<b onclick="x">{brand}</b>', ("text_markup", {"tag": "<b>"})),
        ("plans.welcome", WELCOME, "{brand} 1 < 2", ("text_markup", {"tag": "<"})),
        ("plans.welcome", WELCOME, "a" * 3501, ("text_long", {"n": "3501", "limit": "3500"})),
        ("mydata.file", "", "a" * 451, ("text_long", {"n": "451", "limit": "450"})),
        ("plans.card", "{price:quoted}\n{plan}", "{plan}: {price:quoted} o {price}", None),
        ("plans.card", "{price}\n{plan}", "{price:quoted}", ("text_braces", {})),
        ("checkout.consent.free", CONSENT, 'Los <a href="{terms}">términos</a>', ("text_link", {"name": "{privacy}"})),
        ("plans.none", "No hay planes", "Ninguno a <5 €", ("text_markup", {"tag": "<"})),
        ("plans.none", "No hay planes", "Ninguno a &lt;5 €", None),
        ("buttons.plans", "Ver Planes", "Planes <5 €", None),
        ("pages.index.heading", "Tu acceso", "Planes <5 €", None),
        ("buttons.plans", "Ver Planes", "<b>Planes</b>", ("text_plain", {})),
        ("buttons.plans", "Ver Planes", "Ver\nPlanes", ("text_line", {})),
        ("buttons.plans", "Ver Planes", "x" * 65, ("text_long", {"n": "65", "limit": "64"})),
        ("pages.index.heading", "Tu acceso", "Un <b>título</b>", ("text_plain", {})),
        ("pages.faq.questions.age.answer", "", "", None),
    ],
)
def test_invalid_custom_text_is_refused_with_its_reason_and_valid_text_accepted(
    key: str, default: str, text: str, problem: tuple[str, dict[str, str]] | None
) -> None:
    if problem is None:
        check_text(key, default, text)
        return
    with pytest.raises(Wrong) as refused:
        check_text(key, default, text)
    assert (refused.value.key, refused.value.facts) == problem


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_default_text_is_valid(language: str) -> None:
    for key in TEXTS.text_keys():
        default = TEXTS.default(TextId(language, key))
        assert default is not None, key
        check_text(key, default, default)
    for vertical in verticals():
        for key, text in vertical_texts(vertical, language).items():
            check_text(key, text, text)
