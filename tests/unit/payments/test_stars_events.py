"""Conversion of Telegram's updates about Stars to payment events, accepted only from Umbral's own bot."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stars.references import order_in, parts_of, payload_for, subscription_ref
from tests.support.stars import CHARGE, ORDER, PAID_AT, PAYER, PAYLOAD, changed, gateway, paid, refunded, renewed

Kind = PaymentEventKind
NOW = datetime(2026, 9, 21, 16, 0, 7, tzinfo=UTC)
AT = datetime.fromtimestamp(PAID_AT, UTC)
MONTH = timedelta(days=30)


def sealed(update: dict[str, Any]) -> WebhookRequest:
    request = gateway().seal_update(update, NOW)
    assert request is not None
    return request


async def read(update: dict[str, Any]) -> PaymentEvent:
    return await gateway().parse_webhook(sealed(update))


TABLE = {
    "paid once": (
        paid(),
        {
            "kind": Kind.PAYMENT_COMPLETED,
            "event_key": f"900001:{CHARGE}",
            "payment_key": CHARGE,
            "occurred_at": AT,
            "amount": Money(1500, "XTR"),
            "period_end": None,
            "subscription_ref": None,
            "is_renewal": False,
        },
    ),
    "first of a subscription": (
        renewed(),
        {
            "kind": Kind.PAYMENT_COMPLETED,
            "period_start": AT,
            "period_end": AT + MONTH,
            "subscription_ref": f"{PAYER}:{CHARGE}",
            "is_renewal": False,
        },
    ),
    "renewal": (
        renewed(is_first_recurring=None, telegram_payment_charge_id="stxNext"),
        {
            "kind": Kind.PAYMENT_COMPLETED,
            "payment_key": "stxNext",
            "period_start": AT,
            "subscription_ref": None,
            "is_renewal": True,
        },
    ),
    "subscription without an end": (
        renewed(subscription_expiration_date=None),
        {"kind": Kind.PAYMENT_COMPLETED, "period_start": AT, "period_end": AT + MONTH},
    ),
    "refunded": (
        refunded(),
        {
            "kind": Kind.REFUND,
            "payment_key": f"refund:{CHARGE}",
            "about_payment": CHARGE,
            "amount_refunded": Money(1500, "XTR"),
            "occurred_at": AT,
        },
    ),
    "canceled by the payer": (
        changed("canceled"),
        {"kind": Kind.SUBSCRIPTION_CANCELED, "event_key": f"900003:{PAYLOAD}:canceled", "occurred_at": NOW},
    ),
    "resumed": (changed("active"), {"kind": Kind.SUBSCRIPTION_UPDATED, "cancel_at": None}),
    "charge failed": (changed("failed"), {"kind": Kind.PAYMENT_FAILED, "is_renewal": True, "final": False}),
}


@pytest.mark.parametrize(("update", "facts"), TABLE.values(), ids=TABLE)
async def test_telegram_payment_update_is_converted_to_its_payment_event(
    update: dict[str, Any], facts: dict[str, Any]
) -> None:
    event = await read(update)

    assert {name: getattr(event, name) for name in facts} == facts
    assert (event.provider, event.checkout_ref, event.order_id, event.telegram_id) == ("stars", PAYLOAD, ORDER, PAYER)


@pytest.mark.parametrize(
    "update", [changed("frozen"), changed("canceled", invoice_payload="")], ids=["unknown state", "without a payload"]
)
async def test_irrelevant_update_is_ignored(update: dict[str, Any]) -> None:
    assert (await read(update)).kind is Kind.IGNORED


async def test_payload_of_another_bot_identifies_no_order() -> None:
    event = await read(paid(invoice_payload="donation"))

    assert (event.order_id, event.checkout_ref, event.telegram_id) == (None, "donation", PAYER)


@pytest.mark.parametrize(
    "update",
    [
        paid(telegram_payment_charge_id=None),
        paid(total_amount=None),
        paid(total_amount="1500"),
        paid(total_amount=True),
        paid(total_amount=-1),
        {**paid(), "update_id": None},
        refunded(telegram_payment_charge_id=""),
    ],
    ids=["no charge", "no amount", "amount as text", "amount as boolean", "negative", "no number", "empty charge"],
)
async def test_invalid_payment_is_refused_as_malformed(update: dict[str, Any]) -> None:
    with pytest.raises(MalformedWebhook):
        await read(update)


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "message": {"text": "hola"}},
        {"update_id": 1, "callback_query": {"id": "1"}},
        paid(currency="EUR"),
        {"update_id": 1, "message": {"successful_payment": "XTR"}},
        {"update_id": 1, "subscription": "canceled"},
    ],
    ids=["text", "press", "another currency", "no receipt", "no subscription"],
)
def test_updates_without_a_stars_payment_are_not_signed(update: dict[str, Any]) -> None:
    assert gateway().seal_update(update, NOW) is None


async def test_update_signed_in_one_process_is_accepted_in_another_with_the_same_bot_token() -> None:
    request = sealed(paid())

    assert (await gateway().parse_webhook(request)).payment_key == CHARGE


def _with(request: WebhookRequest, **changes: Any) -> WebhookRequest:
    return replace(request, **changes)


@pytest.mark.parametrize(
    "forge",
    [
        lambda request: _with(request, headers={}),
        lambda request: _with(request, headers={"x-umbral-seal": ""}),
        lambda request: _with(request, headers={"x-umbral-seal": "é" * 64}),
        lambda request: _with(request, headers={"x-umbral-seal": "0" * 64}),
        lambda request: _with(request, headers={"x-umbral-seal": request.headers["x-umbral-seal"].upper()}),
        lambda request: _with(request, body=request.body + b" "),
        lambda request: _with(request, body=request.body.replace(b"1500", b"1501")),
        lambda request: _with(request, body=json.dumps(json.loads(request.body), indent=1).encode()),
    ],
    ids=[
        "no seal",
        "blank",
        "not ASCII",
        "guessed",
        "upper case",
        "extra space",
        "another amount",
        "other white space",
    ],
)
async def test_update_not_signed_by_our_bot_is_refused(forge: Any) -> None:
    with pytest.raises(InvalidSignature):
        await gateway().parse_webhook(forge(sealed(paid())))


async def test_signature_of_another_bot_is_refused() -> None:
    other = gateway(TELEGRAM_SUBSCRIPTION_BOT_TOKEN="700000002:AAExampleExampleExampleExample-0002")
    with pytest.raises(InvalidSignature):
        await other.parse_webhook(sealed(paid()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "currency",
        "total_amount",
        "invoice_payload",
        "telegram_payment_charge_id",
        "is_recurring",
        "is_first_recurring",
        "subscription_expiration_date",
    ]
)


@given(changes=st.dictionaries(FIELDS, JSON), outer=st.dictionaries(st.sampled_from(["date", "from", "chat"]), JSON))
async def test_any_update_raises_only_gateway_errors(changes: dict[str, Any], outer: dict[str, Any]) -> None:
    update = paid(**changes)
    update["message"] |= outer
    request = gateway().seal_update(update, NOW)
    if request is not None:
        with contextlib.suppress(MalformedWebhook):
            await gateway().parse_webhook(request)


def test_order_and_charge_references_are_parsed_from_their_text() -> None:
    payload = payload_for(ORDER, f"checkout:{ORDER}:12")

    assert order_in(payload) == ORDER
    assert len(payload.encode()) <= 128
    assert payload != payload_for(ORDER, f"checkout:{ORDER}:13")
    assert parts_of(subscription_ref(PAYER, CHARGE)) == (PAYER, CHARGE)
    assert parts_of("sub_1") is None
    assert order_in("another") is None
