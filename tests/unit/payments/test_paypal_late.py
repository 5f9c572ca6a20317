"""PayPal payments about which a bank decides days after the press of the button (eChecks)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.payments import capture_completed, sale_completed
from subscriptions.infrastructure.payments.paypal.periods import format_time
from subscriptions.infrastructure.providers.reader import Node

PRESSED = datetime(2026, 11, 3, 20, tzinfo=UTC)
CLEARED, REFUNDED = PRESSED + timedelta(days=6), PRESSED + timedelta(days=9)
SALE = {"amount": {"currency": "EUR", "total": "9.00"}, "billing_agreement_id": "I-BW452GLLEP1G"}
CAPTURE = {"amount": {"currency_code": "EUR", "value": "9.00"}}


def base(raw_type: str = "order", at: datetime = CLEARED) -> PaymentEvent:
    kind = PaymentEventKind.IGNORED
    return PaymentEvent(kind=kind, provider="paypal", event_key="WH-1", raw_type=raw_type, occurred_at=at)


def money(shape: dict[str, object], status: str, changed_at: datetime) -> Node:
    times = {"create_time": format_time(PRESSED), "update_time": format_time(changed_at)}
    return Node({"id": "3C679366HH908993F", "status": status, "state": status.lower(), **times, **shape})


def test_payment_counts_from_the_completion_and_not_from_the_press() -> None:
    assert capture_completed(base(), money(CAPTURE, "COMPLETED", CLEARED)).occurred_at == CLEARED
    assert sale_completed(base(), money(SALE, "COMPLETED", CLEARED)).occurred_at == CLEARED


@pytest.mark.parametrize("status", ["REFUNDED", "PARTIALLY_REFUNDED"])
def test_refund_does_not_move_the_time_of_the_payment(status: str) -> None:
    capture = money(CAPTURE, status, REFUNDED)
    assert capture_completed(base("PAYMENT.CAPTURE.COMPLETED"), capture).occurred_at == CLEARED
    assert capture_completed(base("CHECKOUT.ORDER.APPROVED", REFUNDED), capture).occurred_at == PRESSED
