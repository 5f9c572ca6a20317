"""Check that signed Cryptomus webhooks with arbitrary content produce an event, `MalformedWebhook` or
`InvalidSignature`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.ports.payment_gateway import (
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.translate import translate
from subscriptions.infrastructure.payments.cryptomus.verify import prove
from subscriptions.infrastructure.providers.reader import Node
from tests.support.cryptomus import NOW, ORDER, delivery, php, settings, signed, webhook

KIND = PaymentEventKind
SECRETS = settings().webhook_secrets


def read(body: bytes | dict[str, Any]) -> PaymentEvent:
    return translate(Node(prove(delivery(body), SECRETS)), NOW)


def fact(**changes: Any) -> PaymentEvent:
    return read(webhook(**changes))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["15.00", "USD", "paid", "{}", "é", "\x00", "0", "-1", "1e9", f"{ORDER}-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.sampled_from(sorted(webhook())),
    json_values,
    st.sampled_from(["paid", "paid_over", "wrong_amount", "refund_paid"]),
)
def test_webhook_with_one_arbitrary_field_value_raises_no_unexpected_error(
    member: str, value: Any, status: str
) -> None:
    text = php_json.dump_plain({**webhook(status=status), member: value}).decode()
    try:
        event = translate(Node(php_json.parse(text)), NOW)
    except (MalformedWebhook, InvalidSignature):
        return
    if event.kind is KIND.PAYMENT_COMPLETED:
        assert event.payment_key is not None
        assert event.amount is not None
    assert event.occurred_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    for reported in (
        event.event_key,
        event.payment_key,
        event.order_id,
        event.reason,
        event.raw_type,
        *event.evidence.values(),
    ):
        assert reported is None or (reported.isprintable() and len(reported) <= 600)


@given(json_values)
def test_webhook_with_arbitrary_json_raises_no_unexpected_error(value: Any) -> None:
    try:
        read(signed(value) if isinstance(value, dict) else php(value).encode("utf-8", "surrogatepass"))
    except (MalformedWebhook, InvalidSignature, UnicodeEncodeError):
        return
