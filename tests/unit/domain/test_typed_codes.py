"""Recognition of activation codes among the messages of customers, as opposed to ordinary words and sentences."""

from __future__ import annotations

import pytest

from subscriptions.domain.services.typed_codes import is_close, letters_of_code, typed_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("VERANO21", "VERANO21"),
        ("  verano21 ", "VERANO21"),
        ("verano-21", "VERANO-21"),
        ("VERANO 21", "VERANO21"),
        ("«VERANO21».", "VERANO21"),
        ("código VERANO21", "VERANO21"),
        ("mi código es verano21", "VERANO21"),
        ("Cupón: VERANO", "VERANO"),
        ("promo code SUMMER21", "SUMMER21"),
        ("o código é VERAO21", "VERAO21"),
        ("10OFF", "10OFF"),
        ("ABCD 1234 EFGH 5678", "ABCD1234EFGH5678"),
        ("abcd1234efgh567", "ABCD1234EFGH567"),
        ("ABCD 1234 efgh-5678", "ABCD1234EFGH-5678"),
    ],
)
def test_text_with_letters_and_digits_or_a_code_keyword_is_recognized_as_a_code(text: str, code: str) -> None:
    typed = typed_code(text)
    assert typed is not None
    assert (typed.text, typed.is_certain) == (code, True)


@pytest.mark.parametrize(
    "text",
    [
        "verano",
        "VERANO",
        "HOLA",
        "hola",
        "verano 21",
        "A1B2C3D4",
        "R2026-00042",
        "12345678Z",
        "B12345678",
        "24h",
        "30€",
    ],
)
def test_ordinary_word_or_number_is_not_recognized_with_certainty_as_a_code(text: str) -> None:
    typed = typed_code(text)
    assert typed is None or not typed.is_certain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "¿hola?",
        "no me deja pagar",
        "hola que tal",
        "21",
        "+34600000001",
        "ana@example.com",
        "@ana21",
        "no veo nada ya",
        "mi código no funciona",
        "x" * 40,
    ],
)
def test_sentence_is_not_a_code(text: str) -> None:
    typed = typed_code(text)
    assert typed is None or not typed.is_certain


def test_only_mistyped_codes_are_recognized_as_similar_to_an_existing_code() -> None:
    assert is_close("VERAMO21", ["VERANO21"])
    assert is_close("VERANO", ["VERANO21"])
    assert not is_close("HOLA", ["VERANO21", "COLA2026"])
    assert not is_close("PREGUNTA", ["VERANO21"])
    assert letters_of_code("BLACK-FRIDAY_26") == "BLACKFRIDAY26"
