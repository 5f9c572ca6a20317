"""JSON as PHP writes it, and its signature, compared with test vectors from PHP 8.2 and from PHP's manual."""

import json

import pytest
from pydantic import JsonValue

from umbral_sandbox.payments.cryptomus.phpjson import FORMS, SIGNED, Flags, encode
from umbral_sandbox.payments.cryptomus.signing import signature, signed

KEY = "test_key_not_real"
PAYLOAD: dict[str, JsonValue] = {
    "url": "https://t.me/bot",
    "note": "Подписка",
    "n": 1,
    "flag": True,
    "empty": None,
}
SIGN = "480fef54c2a46cbb8a49812ba68c2489"


def test_signature_equals_the_signature_by_php() -> None:
    text = r'{"url":"https:\/\/t.me\/bot","note":"Подписка","n":1,"flag":true,"empty":null}'
    assert encode(PAYLOAD, SIGNED) == text
    assert signature(text.encode(), KEY) == SIGN


@pytest.mark.parametrize("form", FORMS)
def test_signature_does_not_depend_on_the_json_form(form: str) -> None:
    body = signed(PAYLOAD | {"sign": "of before"}, KEY, form)
    assert json.loads(body) == PAYLOAD | {"sign": SIGN}


def test_each_json_form_has_a_different_body() -> None:
    bodies = {form: signed(PAYLOAD, KEY, form) for form in FORMS}
    assert len(set(bodies.values())) == len(FORMS)
    assert r"\u041f\u043e\u0434" in bodies["default"]
    assert "https://t.me/bot" in bodies["slashes"]
    assert bodies["pretty"].startswith('{\n    "url": "https:')


def test_empty_body_has_the_documented_signature() -> None:
    assert signature(b"", "key") == "3c6e0b8a9c15224a8228b9a98ca1531d"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a/b", r'"a\/b"'),
        ('"\\\b\f\n\r\t\x01\x7f', '"\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f"'),
        ("ñ€😀", '"ñ€😀"'),
        ("\u2028\u2029", r'"\u2028\u2029"'),
        ({}, "[]"),
        ([], "[]"),
        ({"a": [1, {"b": False}]}, '{"a":[1,{"b":false}]}'),
        (10.0, "10"),
        (1.5, "1.5"),
        (0.1, "0.1"),
        (-0.25, "-0.25"),
        (1e25, "1.0e+25"),
        (1.25e-7, "1.25e-7"),
        (0.0001, "0.0001"),
        (0.00001, "1.0e-5"),
        (123456.789, "123456.789"),
        (0.0, "0"),
    ],
    ids=repr,
)
def test_values_are_encoded_as_by_php(value: JsonValue, text: str) -> None:
    assert encode(value, SIGNED) == text


def test_default_json_form_escapes_all_non_ascii_characters() -> None:
    assert encode("ñ😀", Flags()) == r'"\u00f1\ud83d\ude00"'


def test_pretty_json_form_is_indented_by_four_spaces_and_has_no_empty_lines() -> None:
    assert (
        encode({"a": [1, []], "b": {}}, FORMS["pretty"])
        == '{\n    "a": [\n        1,\n        []\n    ],\n    "b": []\n}'
    )


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be JSON"):
        encode(float("nan"), SIGNED)
