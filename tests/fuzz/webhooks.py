"""Fuzz targets for the webhooks of each provider and for Telegram's updates, as a sender with the secrets could send
them.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any, Final

from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import SecretStr, ValidationError

from bot.updates import callback_id, is_about_money, is_talk, pre_checkout, read_update
from subscriptions.domain.ports.payment_gateway import (
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.cryptomus.gateway import CryptomusGateway
from subscriptions.infrastructure.payments.paypal import translate as paypal_events
from subscriptions.infrastructure.payments.paypal.verify import decode, transmission
from subscriptions.infrastructure.payments.stars import translate as stars_events
from subscriptions.infrastructure.payments.stars.verify import HEADER, _mac, prove
from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.providers.reader import Node
from tests.support import cryptomus, paypal, stripe

REFUSED: Final = (InvalidSignature, MalformedWebhook)
TOKEN: Final = SecretStr("1:of-this-fuzzer")
_STRIPE: Final = StripeGateway(stripe.settings(), stripe.FakeClock(), CAPABILITIES)
_CRYPTOMUS: Final[CryptomusGateway] = cryptomus.gateway_for(cryptomus.FakeClock())


def by_stripe(data: bytes) -> None:
    """Parse a Stripe webhook whose body has a valid signature."""
    _hold(_now(_STRIPE.parse_webhook(stripe.delivery(data))))


def signed_by_stripe(data: bytes) -> None:
    """Parse the signature header of a Stripe webhook."""
    _hold(_now(_STRIPE.parse_webhook(stripe.delivery(b"{}", data.decode("latin-1")))))


def by_cryptomus(data: bytes) -> None:
    """Parse the body of a Cryptomus webhook. A body that is a JSON object gets a valid signature first."""
    with suppress(ValueError, RecursionError):
        output = json.loads(data)
        data = cryptomus.signed(output) if isinstance(output, dict) else data
    _hold(_now(_CRYPTOMUS.parse_webhook(cryptomus.delivery(data))))


def by_paypal(data: bytes) -> None:
    """Parse the body of a PayPal webhook that PayPal verified."""
    with suppress(*REFUSED):
        _hold(paypal_events.translate(Node(decode(data)), paypal.NOW))


def signed_by_paypal(data: bytes) -> None:
    """Parse the headers with which PayPal signs a webhook, one per line."""
    lines = (line.partition(":") for line in data.decode("latin-1").splitlines())
    with suppress(*REFUSED, GatewayUnavailable):
        transmission({name.strip().lower(): said.strip() for name, _, said in lines})


def by_stars(data: bytes) -> None:
    """Parse a signed update about a payment in Stars."""
    request = WebhookRequest(headers={HEADER: _mac(data, TOKEN)}, body=data, received_at=paypal.NOW)
    with suppress(*REFUSED):
        _hold(stars_events.translate(prove(request, TOKEN), paypal.NOW))


def telegram(data: bytes) -> None:
    """Process a Telegram update up to the point at which a handler would receive it."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return
    found = read_update(raw)
    if found is None:
        return
    assert -(2**63) <= found.chat_key < 2**63, "the database keeps 64 bits"
    callback_id(found.payload), pre_checkout(found.payload), is_talk(found.payload)
    if stars_events.concerns(found.payload):
        assert is_about_money(found.payload)
    with suppress(ValidationError, UpdateTypeLookupError, RecursionError):
        _ = Update.model_validate(dict(found.payload)).event_type


def seeds() -> dict[str, Iterator[Any]]:
    """Return the seeds of each target."""
    return {
        "by_stripe": (
            stripe.event(kind, source)
            for kind, source in {
                "checkout.session.completed": stripe.session(),
                "invoice.paid": stripe.invoice("new"),
                "invoice.payment_failed": stripe.invoice("old"),
                "customer.subscription.updated": stripe.subscription("new"),
                "refund.updated": stripe.refund(),
                "charge.dispute.created": stripe.dispute(),
            }.items()
        ),
        "signed_by_stripe": iter([stripe.header(b"{}"), "t=1,v1=00,v1=", f"t={'9' * 40},v1=é"]),
        "by_cryptomus": iter([cryptomus.webhook(), {**cryptomus.webhook(), "amount": "1e9", "order_id": None}]),
        "by_paypal": (
            paypal.event(kind, resource)
            for kind, resource in {
                "PAYMENT.SALE.COMPLETED": paypal.sale(),
                "PAYMENT.CAPTURE.COMPLETED": paypal.capture(),
                "PAYMENT.CAPTURE.REFUNDED": paypal.capture_refund(),
                "BILLING.SUBSCRIPTION.ACTIVATED": paypal.subscription(),
                "CHECKOUT.ORDER.APPROVED": paypal.order(),
                "CUSTOMER.DISPUTE.CREATED": paypal.dispute(),
            }.items()
        ),
        "signed_by_paypal": iter(
            [
                "paypal-transmission-id: a-1\npaypal-transmission-time: 2026-11-20T09:00:00Z\n"
                "paypal-transmission-sig: AA==\npaypal-auth-algo: SHA256withRSA\npaypal-cert-url: https://api.paypal.com/v1"
            ]
        ),
        "by_stars": iter(_updates()),
        "telegram": iter(_updates()),
    }


def _updates() -> list[dict[str, Any]]:
    ana = {"id": 7, "is_bot": False, "first_name": "Ana", "language_code": "en"}
    chat = {"id": 7, "type": "private", "first_name": "Ana"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": ana}
    paid = {
        "currency": "XTR",
        "total_amount": 499,
        "invoice_payload": "order.0123456789abcdef",
        "telegram_payment_charge_id": "c",
        "provider_payment_charge_id": "",
        "subscription_expiration_date": 1_800_000_000,
        "is_recurring": True,
        "is_first_recurring": True,
    }
    back = {"currency": "XTR", "total_amount": 499, "invoice_payload": "order", "telegram_payment_charge_id": "c"}
    asked = {"id": "9", "from": ana, "currency": "XTR", "total_amount": 499, "invoice_payload": "order"}
    return [
        {"update_id": 1, "message": {**message, "text": "/start plan_x"}},
        {"update_id": 2, "message": {**message, "successful_payment": paid}},
        {"update_id": 3, "message": {**message, "refunded_payment": back}},
        {"update_id": 4, "pre_checkout_query": asked},
        {"update_id": 5, "callback_query": {"id": "1", "from": ana, "chat_instance": "1", "data": "plans"}},
        {"update_id": 6, "chat_join_request": {"chat": {"id": -1001, "type": "channel"}, "from": ana, "date": 1}},
        {"update_id": 7, "subscription": {"user": ana, "invoice_payload": "order", "state": "canceled"}},
    ]


def _hold(event: PaymentEvent | None) -> None:
    """Assert that the time of an event has a time zone and that its texts can be stored in the database."""
    if event is None:
        return
    assert event.occurred_at.tzinfo is not None
    for text in (event.event_key, event.payment_key, event.order_id, event.subscription_ref, event.checkout_ref):
        assert text is None or "\x00" not in text
        assert text is None or text.encode("utf-8", "strict") is not None


def _now(work: Coroutine[Any, Any, PaymentEvent]) -> PaymentEvent | None:
    """Return the result of a coroutine that must not wait, or None if the webhook is refused."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    except REFUSED:
        return None
    raise AssertionError("it waits for somebody")
