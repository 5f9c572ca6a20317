"""Check that signatures of Cryptomus webhooks created by PHP are accepted for every JSON form of the body, and that
other signatures are refused.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from subscriptions.domain.ports.payment_gateway import InvalidSignature, MalformedWebhook
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.verify import prove, refuse_stranger, signature
from tests.support.cryptomus import KEY, OTHER_KEY, delivery, php, settings, sign, signed, webhook

VECTOR_KEY = "test_key_not_real"
VECTOR = '{"url":"https:\\/\\/t.me\\/bot","note":"Подписка","n":1,"flag":true,"empty":null}'
VECTOR_SIGN = "480fef54c2a46cbb8a49812ba68c2489"
SECRETS = (SecretStr(KEY), SecretStr(OTHER_KEY))


def accepted(raw: bytes, *keys: str) -> bool:
    try:
        prove(delivery(raw), [SecretStr(key) for key in keys or (KEY,)])
    except InvalidSignature:
        return False
    return True


def with_sign(text: str, mark: str) -> bytes:
    return f'{text[:-1]},"sign":"{mark}"}}'.encode()


def test_signature_vector_created_by_php_is_accepted() -> None:
    assert signature(VECTOR.encode(), SecretStr(VECTOR_KEY)) == VECTOR_SIGN
    assert accepted(with_sign(VECTOR, VECTOR_SIGN), VECTOR_KEY)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(json.loads(VECTOR)),
        json.dumps(json.loads(VECTOR), indent=4),
        json.dumps(json.loads(VECTOR), ensure_ascii=False),
        json.dumps(json.loads(VECTOR), separators=(",", ":")).replace("/", "\\/"),
    ],
    ids=["spaces", "pretty", "unescaped", "default flags"],
)
def test_signature_vector_in_another_json_form_is_accepted(text: str) -> None:
    body = json.loads(text) | {"sign": VECTOR_SIGN}
    sent = json.dumps(body, indent=4 if "\n" in text else None, ensure_ascii="П" not in text)
    assert accepted(sent.encode(), VECTOR_KEY)
    assert accepted(with_sign(text.rstrip(), VECTOR_SIGN), VECTOR_KEY)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"\\u2028\\u2029"}',
        '{"a":1.0e+25,"b":10.50,"c":-0,"d":0.1e-7}',
        '{"a":"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\\"\\\\"}',
        '{"a":[],"b":[1,[2]],"c":{"d":"\\/"}}',
        '{"a":"😀","b":"ё"}',
        '{"10":"x","a":true,"b":false}',
    ],
    ids=["line separators", "numbers", "escapes", "nested", "unicode", "keys"],
)
def test_json_with_php_number_escape_and_nesting_forms_is_reproduced_exactly(text: str) -> None:
    assert php_json.dump(php_json.parse(text)) == text
    assert accepted(with_sign(text, sign(text)))


def test_signed_body_in_an_unknown_json_form_is_accepted_only_with_unchanged_spacing() -> None:
    text = '{ "a": "/", "n": 1.50 }'
    mark = sign(text)
    assert accepted(f'{{ "a": "/", "n": 1.50 ,  "sign" : "{mark}"}}'.replace(" ,  ", ",  ").encode()) is False
    assert accepted(f'{{ "a": "/", "n": 1.50,"sign":"{mark}" }}'.encode())
    assert accepted(f'{{ "sign":"{mark}","a": "/", "n": 1.50 }}'.encode())


@pytest.mark.parametrize("position", ["first", "middle", "last"])
def test_signature_may_be_at_any_position(position: str) -> None:
    body = webhook()
    items = list(body.items())
    at = {"first": 0, "middle": len(items) // 2, "last": len(items)}[position]
    items.insert(at, ("sign", sign(php(body))))
    assert accepted(php(dict(items)).encode())


def test_reordered_members_are_refused() -> None:
    body = webhook()
    turned = dict(reversed(body.items())) | {"sign": sign(php(body))}
    assert not accepted(php(turned).encode())


@pytest.mark.parametrize("keys", [(KEY, OTHER_KEY), (OTHER_KEY, KEY)], ids=["new first", "old first"])
@pytest.mark.parametrize("used", [KEY, OTHER_KEY], ids=["new", "old"])
def test_both_secrets_are_accepted_during_rotation(keys: tuple[str, str], used: str) -> None:
    assert accepted(signed(webhook(), used), *keys)


def test_signature_with_a_foreign_secret_is_refused() -> None:
    assert not accepted(signed(webhook(), "demo_key_of_somebody"))


@pytest.mark.parametrize("member", ["amount", "status", "uuid", "additional_data"])
def test_changed_member_is_refused(member: str) -> None:
    body = json.loads(signed(webhook()))
    body[member] = str(body[member]) + "0"
    assert not accepted(php(body).encode())


@pytest.mark.parametrize(
    "mark",
    [None, 1, True, "", " ", "é" * 32, "0" * 31, "0" * 33, "A" * 32, "0" * 32 + "\n", ["0" * 32], {"a": "0" * 32}],
    ids=lambda mark: type(mark).__name__ + str(len(str(mark))),
)
def test_invalid_signature_value_is_refused(mark: Any) -> None:
    assert not accepted(php({**webhook(), "sign": mark}).encode())


def test_missing_signature_is_refused() -> None:
    assert not accepted(php(webhook()).encode())


def test_uppercase_signature_is_refused() -> None:
    body = webhook()
    assert not accepted(php({**body, "sign": sign(php(body)).upper()}).encode())


@pytest.mark.parametrize(
    "twice",
    ['{"a":1,"a":2,"sign":"%s"}', '{"a":1,"sign":"x","sign":"%s"}', '{"a":{"b":1,"b":1},"sign":"%s"}'],
    ids=["member", "sign", "nested"],
)
def test_duplicate_key_is_refused_as_malformed(twice: str) -> None:
    for text in ('{"a":1}', '{"a":2}', '{"a":1,"a":2}', '{"a":{"b":1}}'):
        with pytest.raises(MalformedWebhook):
            prove(delivery((twice % sign(text)).encode()), SECRETS)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b"<html>",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"a":"\\ud800","sign":"00000000000000000000000000000000"}',
        b'{"a":1}' + b" " * 1_000_000,
    ],
    ids=lambda raw: f"{len(raw)} {raw[:12]!r}",
)
def test_invalid_delivery_is_refused(raw: bytes) -> None:
    with pytest.raises((MalformedWebhook, InvalidSignature)):
        prove(delivery(raw), SECRETS)


php_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["/", "\u2028", "\u2029", '"', "\\", "Подписка", "</script>"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcs/й", max_size=5), inner, max_size=4),
    max_leaves=20,
)


def php_text(value: Any) -> str:
    return php(value).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@given(st.dictionaries(st.text("abcxyz_/", min_size=1, max_size=8), php_values, max_size=6))
def test_any_body_signed_by_php_is_accepted_in_every_json_form(body: dict[str, Any]) -> None:
    mark = sign(php_text(body))
    whole = {**body, "sign": mark}
    for sent in (
        php_text(whole),
        json.dumps(whole),
        json.dumps(whole, indent=2),
        json.dumps(whole, ensure_ascii=False),
    ):
        assert accepted(sent.encode())
    assert not accepted(php_text({**body, "more": 1, "sign": mark}).encode())


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_arbitrary_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises((MalformedWebhook, InvalidSignature)):
        prove(delivery(raw), SECRETS)


@pytest.mark.parametrize(
    ("listed", "remote", "passes"),
    [
        ("", None, True),
        ("", "198.51.100.7", True),
        ("91.227.144.54", "91.227.144.54", True),
        ("91.227.144.54", "::ffff:91.227.144.54", True),
        ("91.227.144.0/24,2001:db8::/32", "2001:db8::1", True),
        ("91.227.144.54", "91.227.144.55", False),
        ("91.227.144.54", None, False),
        ("91.227.144.54", "unix", False),
    ],
)
def test_webhooks_are_accepted_from_allowed_sender_addresses_only(
    listed: str, remote: str | None, passes: bool
) -> None:
    allowed = settings(CRYPTOMUS_ALLOWED_IPS=listed).allowed_ips
    request = delivery(webhook(), remote_ip=remote)
    if passes:
        refuse_stranger(request, allowed)
        return
    with pytest.raises(InvalidSignature):
        refuse_stranger(request, allowed)
