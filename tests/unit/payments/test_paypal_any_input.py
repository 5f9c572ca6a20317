"""Check that arbitrary bytes produce an event, `MalformedWebhook` or `InvalidSignature`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.ports.payment_gateway import (
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal.subscriptions import snapshot
from subscriptions.infrastructure.payments.paypal.translate import EVENTS, translate
from subscriptions.infrastructure.payments.paypal.verify import decode, transmission
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import (
    NOW,
    agreement,
    capture,
    capture_refund,
    dispute,
    event,
    order,
    sale,
    sale_refund,
    subscription,
)
from tests.support.paypal_signing import headers

SIGNED = headers(b"{}")
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["I-1AB", "COMPLETED", "EUR", "29.99", "2026-11-20T09:00:00Z", "9999-12-31T23:59:59Z", "\x00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
event_types = st.sampled_from(sorted(EVENTS)) | st.text(max_size=30)
resources = st.sampled_from(
    [
        subscription(),
        agreement(),
        sale(),
        sale_refund(),
        capture(),
        capture_refund(),
        order(),
        dispute(),
    ]
)


def read(body: bytes) -> PaymentEvent | None:
    """Return the event that the gateway produces for a verified delivery, or None for a malformed one."""
    try:
        return translate(Node(decode(body)), NOW)
    except MalformedWebhook:
        return None


def check(found: PaymentEvent | None) -> None:
    """Assert that a completed payment has either a payment key and an amount or only a checkout, that timestamps have a
    zone, and that texts can be stored.
    """
    if found is None:
        return
    if found.kind is PaymentEventKind.PAYMENT_COMPLETED:
        assert found.checkout_ref is not None or found.payment_key is not None
        assert (found.payment_key is None) is (found.amount is None)
    for moment in (found.occurred_at, found.cancel_at):
        assert moment is None or moment.tzinfo is not None
    texts = (found.event_key, found.payment_key, found.about_payment, found.order_id, found.subscription_ref)
    for text in (*texts, found.checkout_ref, found.reason, *found.evidence.values()):
        assert text is None or (text.isprintable() and len(text) <= 500)


@given(st.binary(max_size=300))
def test_webhook_with_arbitrary_bytes_raises_no_unexpected_error(body: bytes) -> None:
    check(read(body))


@given(st.sampled_from(sorted(SIGNED)), st.none() | st.text(max_size=80))
def test_webhook_with_an_arbitrary_or_missing_header_raises_no_error_except_invalid_signature(
    name: str, value: str | None
) -> None:
    reported = {**SIGNED, **({name: value} if value is not None else {})}
    if value is None:
        del reported[name]
    with suppress(InvalidSignature):
        assert transmission(reported).sent_at.tzinfo is not None


@given(event_types, json_values)
def test_webhook_with_an_arbitrary_resource_raises_no_unexpected_error(kind: str, resource: Any) -> None:
    check(read(json.dumps(event(kind, resource)).encode()))


@given(json_values)
def test_webhook_with_arbitrary_json_raises_no_unexpected_error(value: Any) -> None:
    check(read(json.dumps(value).encode()))


@given(event_types, resources, st.data())
def test_webhook_with_one_arbitrary_resource_value_raises_no_unexpected_error(
    kind: str, resource: dict[str, Any], data: st.DataObject
) -> None:
    whole = json.loads(json.dumps(event(kind, resource)))
    replace_one(whole, data)
    check(read(json.dumps(whole).encode()))


@given(st.data())
def test_fetched_subscription_with_one_arbitrary_value_is_converted_without_error(data: st.DataObject) -> None:
    whole = json.loads(json.dumps(subscription()))
    replace_one(whole, data)
    found = snapshot(Node(whole), NOW)
    for moment in (found.current_period_start, found.current_period_end, found.cancel_at):
        assert moment is None or moment.tzinfo is not None


def replace_one(whole: Any, data: st.DataObject) -> None:
    """Replace one random value within a JSON object."""
    here = whole
    while True:
        step = data.draw(st.sampled_from(list(here) if isinstance(here, dict) else list(range(len(here)))))
        if not isinstance(here[step], dict | list) or not here[step] or data.draw(st.booleans()):
            here[step] = data.draw(json_values)
            return
        here = here[step]
