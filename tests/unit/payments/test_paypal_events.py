"""Conversion of PayPal's webhooks, in the old and the new format, to payment events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.subscriptions import cancel_note
from subscriptions.infrastructure.payments.paypal.translate import EVENTS, translate
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import (
    NOW,
    ORDER,
    PERSON,
    agreement,
    capture,
    capture_refund,
    dispute,
    event,
    links,
    order,
    sale,
    sale_refund,
    subscription,
)

Kind = PaymentEventKind
EUR = Money(2999, "EUR")
SUB, SALE, CAPTURE, BOUGHT = "I-BW452GLLEP1G", "7D51924877811803R", "02335565G34798738", "1W5313654M9708630"
END = datetime(2026, 12, 20, 10, 0, tzinfo=UTC)


def read(kind: str, resource: Any, **changes: Any) -> PaymentEvent:
    return translate(Node(event(kind, resource, **changes)), NOW)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("CREATED", Kind.IGNORED),
        ("ACTIVATED", Kind.SUBSCRIPTION_ACTIVATED),
        ("RE-ACTIVATED", Kind.SUBSCRIPTION_ACTIVATED),
        ("UPDATED", Kind.SUBSCRIPTION_UPDATED),
        ("SUSPENDED", Kind.SUBSCRIPTION_PAUSED),
        ("CANCELLED", Kind.SUBSCRIPTION_CANCELED),
        ("EXPIRED", Kind.SUBSCRIPTION_CANCELED),
        ("PAYMENT.FAILED", Kind.PAYMENT_FAILED),
    ],
)
@pytest.mark.parametrize("resource", [subscription(), agreement()], ids=["new", "old"])
def test_subscription_event_is_mapped_by_its_type(kind: str, expected: PaymentEventKind, resource: Any) -> None:
    found = read(f"BILLING.SUBSCRIPTION.{kind}", resource)
    assert found.kind is expected
    assert (found.payment_key, found.livemode) == (None, None)
    if expected is Kind.IGNORED:
        return
    assert (found.subscription_ref, found.checkout_ref) == (SUB, SUB)
    new = "status" in resource
    assert (found.order_id, found.telegram_id) == ((ORDER, PERSON) if new else (None, None))
    assert found.final is (expected is Kind.SUBSCRIPTION_CANCELED)


def test_activation_has_no_amount_and_reactivation_is_a_renewal() -> None:
    first = read("BILLING.SUBSCRIPTION.ACTIVATED", subscription())
    again = read("BILLING.SUBSCRIPTION.RE-ACTIVATED", subscription())
    assert (first.amount, first.is_renewal) == (None, False)
    assert (again.amount, again.is_renewal) == (None, True)


def test_suspension_requested_by_umbral_is_reported_as_a_cancellation_at_a_date() -> None:
    resource = subscription(status="SUSPENDED", status_change_note=cancel_note(END))
    found = read("BILLING.SUBSCRIPTION.SUSPENDED", resource)
    assert (found.kind, found.cancel_at) == (Kind.SUBSCRIPTION_UPDATED, END)


def test_refused_charge_names_the_next_attempt() -> None:
    info = {
        "failed_payments_count": 2,
        "last_failed_payment": {
            "amount": {"currency_code": "EUR", "value": "29.99"},
            "reason_code": "PAYMENT_DENIED",
            "next_payment_retry_time": "2026-11-25T10:00:00Z",
        },
    }
    found = read("BILLING.SUBSCRIPTION.PAYMENT.FAILED", subscription(billing_info=info))
    assert (found.kind, found.amount, found.reason, found.final) == (Kind.PAYMENT_FAILED, EUR, "PAYMENT_DENIED", False)
    assert found.evidence["next_attempt"] == "2026-11-25T10:00:00+00:00"


def test_completed_sale_event_is_converted_to_a_completed_payment() -> None:
    found = read("PAYMENT.SALE.COMPLETED", sale())
    assert (found.kind, found.payment_key, found.amount) == (Kind.PAYMENT_COMPLETED, SALE, EUR)
    assert (found.subscription_ref, found.checkout_ref) == (SUB, SUB)
    assert found.occurred_at == datetime(2026, 11, 20, 8, 59, 55, 120000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("total", "currency", "money"),
    [
        ("822.0160", "CZK", None),
        ("822.0100", "CZK", Money(82201, "CZK")),
        ("20", "USD", Money(2000, "USD")),
        ("500", "JPY", Money(500, "JPY")),
        ("500.00", "JPY", Money(500, "JPY")),
        ("0.1", "EUR", Money(10, "EUR")),
        ("-5.00", "EUR", None),
        ("0.00", "EUR", None),
        ("1e3", "EUR", None),
        ("1,000.00", "EUR", None),
        ("٣", "EUR", None),
        ("9" * 30, "EUR", None),
        (29.99, "EUR", None),
        ("29.99", "EU", None),
    ],
)
def test_inexact_or_invalid_amounts_are_read_as_none(total: Any, currency: str, money: Money | None) -> None:
    found = read("PAYMENT.SALE.COMPLETED", sale(amount={"total": total, "currency": currency}))
    assert found.amount == money
    assert found.kind is (Kind.PAYMENT_COMPLETED if money else Kind.IGNORED)


def test_sale_without_a_subscription_is_ignored() -> None:
    resource = sale()
    del resource["billing_agreement_id"]
    assert read("PAYMENT.SALE.COMPLETED", resource).kind is Kind.IGNORED
    assert read("PAYMENT.SALE.COMPLETED", sale(state="pending")).kind is Kind.IGNORED


def test_denied_sale_is_a_failure() -> None:
    found = read("PAYMENT.SALE.DENIED", sale(state="denied"))
    assert (found.kind, found.amount, found.subscription_ref) == (Kind.PAYMENT_FAILED, EUR, SUB)


def test_completed_capture_event_is_converted_to_a_completed_payment() -> None:
    found = read("PAYMENT.CAPTURE.COMPLETED", capture(), resource_version="2.0")
    assert (found.kind, found.payment_key, found.amount) == (Kind.PAYMENT_COMPLETED, CAPTURE, EUR)
    assert (found.order_id, found.telegram_id, found.checkout_ref) == (ORDER, PERSON, BOUGHT)


def test_older_capture_names_its_order_in_a_link() -> None:
    resource = capture()
    del resource["supplementary_data"]
    assert read("PAYMENT.CAPTURE.COMPLETED", resource).checkout_ref == BOUGHT


@pytest.mark.parametrize(
    ("kind", "expected", "final"),
    [
        ("PENDING", Kind.IGNORED, False),
        ("DENIED", Kind.PAYMENT_FAILED, True),
        ("DECLINED", Kind.PAYMENT_FAILED, False),
    ],
)
def test_pending_capture_is_ignored_and_denied_or_declined_capture_is_a_payment_failure(
    kind: str, expected: PaymentEventKind, final: bool
) -> None:
    found = read(f"PAYMENT.CAPTURE.{kind}", capture(status=kind))
    assert (found.kind, found.final) == (expected, final)


@pytest.mark.parametrize(
    ("kind", "resource", "key", "about"),
    [
        ("PAYMENT.SALE.REFUNDED", sale_refund(), "6YX43824R4443062K", SALE),
        (
            "PAYMENT.SALE.REFUNDED",
            sale_refund(sale_id=None, links=links(sale=f"https://api.paypal.com/v1/payments/sale/{SALE}")),
            "6YX43824R4443062K",
            SALE,
        ),
        ("PAYMENT.CAPTURE.REFUNDED", capture_refund(), "1JU08902781691411", CAPTURE),
    ],
    ids=["v1", "v1 by link", "v2"],
)
def test_refund_names_its_payment(kind: str, resource: Any, key: str, about: str) -> None:
    found = read(kind, resource)
    assert (found.kind, found.payment_key, found.about_payment) == (Kind.REFUND, key, about)
    assert (found.amount_refunded, found.amount) == (EUR, None)
    assert found.reason != "reversed"


def test_reversal_without_a_sale_names_no_payment() -> None:
    amount = {"total": "-0.49", "currency": "USD"}
    found = read("PAYMENT.SALE.REVERSED", sale_refund(sale_id=None, amount=amount))
    assert (found.kind, found.about_payment) == (Kind.REFUND, None)
    assert (found.amount_refunded, found.reason) == (Money(49, "USD"), "chargeback")


def test_reversed_capture_is_a_chargeback() -> None:
    found = read("PAYMENT.CAPTURE.REVERSED", capture_refund())
    assert (found.kind, found.about_payment, found.reason) == (Kind.REFUND, CAPTURE, "chargeback")


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("PAYMENT.REFUND.FAILED", capture_refund(status="FAILED")),
        ("PAYMENT.SALE.REFUNDED", sale_refund(state="failed")),
    ],
)
def test_refund_that_fails_later_is_reversed(kind: str, resource: Any) -> None:
    assert read(kind, resource).reason == "reversed"


def test_approved_order_is_ignored_unless_created_by_umbral() -> None:
    found = read("CHECKOUT.ORDER.APPROVED", order())
    assert (found.kind, found.checkout_ref, found.order_id) == (Kind.PAYMENT_COMPLETED, BOUGHT, ORDER)
    assert (found.payment_key, found.amount) == (None, None)
    others = order(purchase_units=[{"custom_id": "cart 17"}])
    assert read("CHECKOUT.ORDER.APPROVED", others).kind is Kind.IGNORED


def test_reversed_approval_expires_the_checkout() -> None:
    found = read("CHECKOUT.PAYMENT-APPROVAL.REVERSED", {"order_id": BOUGHT})
    assert (found.kind, found.checkout_ref) == (Kind.CHECKOUT_EXPIRED, BOUGHT)


@pytest.mark.parametrize(
    ("kind", "changes", "expected", "reason"),
    [
        ("CREATED", {}, Kind.DISPUTE_OPENED, "UNAUTHORISED"),
        ("CREATED", {"dispute_life_cycle_stage": "INQUIRY"}, Kind.DISPUTE_OPENED, "inquiry"),
        ("UPDATED", {}, Kind.DISPUTE_OPENED, "UNAUTHORISED"),
        ("UPDATED", {"dispute_life_cycle_stage": "INQUIRY"}, Kind.IGNORED, None),
        ("UPDATED", {"status": "RESOLVED"}, Kind.IGNORED, None),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}, Kind.DISPUTE_CLOSED, "lost"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "ACCEPTED"}}, Kind.DISPUTE_CLOSED, "lost"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}}, Kind.DISPUTE_CLOSED, "won"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "CANCELED_BY_BUYER"}}, Kind.DISPUTE_CLOSED, "won"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "RESOLVED_WITH_PAYOUT"}}, Kind.DISPUTE_CLOSED, "won"),
        ("RESOLVED", {}, Kind.DISPUTE_CLOSED, "inquiry"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "SOMETHING_NEW"}}, Kind.IGNORED, None),
    ],
)
def test_dispute_event_is_mapped_by_its_status_and_outcome(
    kind: str, changes: Any, expected: PaymentEventKind, reason: str | None
) -> None:
    found = read(f"CUSTOMER.DISPUTE.{kind}", dispute(**changes))
    assert found.kind is expected
    if reason is not None:
        assert (found.reason, found.payment_key, found.about_payment) == (reason, "PP-D-27803", SALE)


@pytest.mark.parametrize(
    ("outcome", "reason", "amount", "refunded"),
    [
        ({"value": "10.00", "currency_code": "EUR"}, "lost", Money(1000, "EUR"), Money(1000, "EUR")),
        ({"value": "29.99", "currency_code": "EUR"}, "lost", EUR, EUR),
        ({"value": "0.00", "currency_code": "EUR"}, "won", EUR, None),
        (None, "lost", EUR, None),
        ({"value": "ten", "currency_code": "EUR"}, "lost", EUR, None),
    ],
    ids=["partial amount", "full amount", "nothing", "amount missing", "amount invalid"],
)
def test_amount_of_a_dispute_is_the_amount_refunded_by_its_decision(
    outcome: Any, reason: str, amount: Money, refunded: Money | None
) -> None:
    decided = {"outcome_code": "RESOLVED_BUYER_FAVOUR"} | ({"amount_refunded": outcome} if outcome else {})
    case = dispute(dispute_amount={"value": "29.99", "currency_code": "EUR"}, dispute_outcome=decided)
    found = read("CUSTOMER.DISPUTE.RESOLVED", case)
    assert (found.reason, found.amount, found.amount_refunded) == (reason, amount, refunded)


def test_won_dispute_ignores_a_refund_offered_during_the_dispute() -> None:
    decided = {
        "outcome_code": "RESOLVED_SELLER_FAVOUR",
        "amount_refunded": {"value": "5.00", "currency_code": "EUR"},
    }
    found = read("CUSTOMER.DISPUTE.RESOLVED", dispute(dispute_outcome=decided))
    assert (found.reason, found.amount_refunded) == ("won", None)


@pytest.mark.parametrize("kind", ["PAYMENT.AUTHORIZATION.CREATED", "BILLING.PLAN.CREATED", "x"])
def test_other_event_types_are_ignored(kind: str) -> None:
    assert read(kind, {}).kind is Kind.IGNORED


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_known_event_type_without_content_is_ignored(kind: str) -> None:
    assert read(kind, {}).kind is Kind.IGNORED
    assert read(kind, None).kind is Kind.IGNORED


def test_unreadable_event_of_our_shop_is_refused_as_malformed() -> None:
    with pytest.raises(MalformedWebhook):
        read("PAYMENT.CAPTURE.COMPLETED", capture(amount=None))


@pytest.mark.parametrize("custom", ["", "x", f"{ORDER}:", f"{ORDER}:0", f"{ORDER}:-1", f"{ORDER}:{'9' * 19}", "a:1\n"])
def test_custom_id_of_another_shop_identifies_no_customer(custom: str) -> None:
    found = read("BILLING.SUBSCRIPTION.ACTIVATED", subscription(custom_id=custom))
    assert (found.order_id, found.telegram_id) == (None, None)
