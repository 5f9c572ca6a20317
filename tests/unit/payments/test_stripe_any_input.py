"""Check that arbitrary bytes produce an event, `MalformedWebhook` or `InvalidSignature` within a limited time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.ports.payment_gateway import (
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.stripe.translate import EVENTS, translate
from subscriptions.infrastructure.payments.stripe.verify import decode, prove
from subscriptions.infrastructure.providers.reader import Node
from tests.support.stripe import (
    NOW,
    FakeClock,
    delivery,
    dispute,
    event,
    header,
    invoice,
    refund,
    session,
    settings,
    subscription,
)

SECRETS = settings().webhook_secrets

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["sub_1", "in_1", "eur", "paid", "{}", "é", "\x00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
event_types = st.sampled_from(sorted(EVENTS)) | st.text(max_size=30)
sources = st.sampled_from(
    [session(), invoice("old"), invoice("new"), subscription("old"), subscription("new"), refund(), dispute()]
)


def read(body: bytes, signed: str | None = None) -> PaymentEvent | None:
    """Return the event that the gateway produces for a delivery, or None if it refuses the delivery. No connection is
    needed.
    """
    request = delivery(body, signed)
    try:
        asyncio.run(prove(request, SECRETS, FakeClock()))
        return translate(Node(decode(request.body)), NOW)
    except (InvalidSignature, MalformedWebhook):
        return None


def check(found: PaymentEvent | None) -> None:
    """Assert that a completed payment has a key and an amount, timestamps have a zone and texts can be stored."""
    if found is None:
        return
    if found.kind is PaymentEventKind.PAYMENT_COMPLETED:
        assert found.payment_key is not None
        assert found.amount is not None
    for moment in (found.occurred_at, found.period_start, found.period_end, found.cancel_at):
        assert moment is None or moment.tzinfo is not None
    for text in (found.event_key, found.payment_key, found.order_id, found.subscription_ref, found.reason):
        assert text is None or (text.isprintable() and len(text) <= 500)


@given(st.binary(max_size=300), st.none() | st.text(max_size=80))
def test_webhook_with_arbitrary_bytes_and_header_raises_no_unexpected_error(body: bytes, signed: str | None) -> None:
    check(read(body, signed))


@given(st.binary(max_size=300))
def test_webhook_with_arbitrary_signed_bytes_raises_no_unexpected_error(body: bytes) -> None:
    check(read(body, header(body)))


@given(event_types, json_values)
def test_webhook_with_an_arbitrary_object_raises_no_unexpected_error(kind: str, source: Any) -> None:
    check(read(json.dumps(event(kind, source)).encode()))


@given(json_values)
def test_webhook_with_arbitrary_json_raises_no_unexpected_error(value: Any) -> None:
    check(read(json.dumps(value).encode()))


@given(event_types, sources, st.data())
def test_webhook_with_one_arbitrary_value_raises_no_unexpected_error(
    kind: str, source: dict[str, Any], data: st.DataObject
) -> None:
    whole = json.loads(json.dumps(event(kind, source)))
    here: Any = whole
    while True:
        steps = list(here) if isinstance(here, dict) else list(range(len(here)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(here[step], dict | list) or not here[step] or data.draw(st.booleans()):
            here[step] = data.draw(json_values)
            break
        here = here[step]
    check(read(json.dumps(whole).encode()))
