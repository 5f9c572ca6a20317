"""The table from the provider's events to ours, in both shapes of its payloads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.translate import EVENTS, translate
from tests.support.stripe import (
    FEBRUARY,
    JANUARY,
    NOW,
    Json,
    dispute,
    event,
    invoice,
    line,
    refund,
    session,
    subscription,
)

Kind = PaymentEventKind
EUR = Money(2999, "EUR")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
SHAPES = pytest.mark.parametrize("shape", ["old", "new"])


def read(kind: str, source: Any, **changes: Any) -> PaymentEvent:
    return translate(Node(event(kind, source, **changes)), NOW)


def facts(found: PaymentEvent, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(found, name) for name in names)


def test_what_every_event_carries() -> None:
    found = read("checkout.session.completed", session())
    assert facts(found, "provider", "event_key", "raw_type") == ("stripe", "evt_1", "checkout.session.completed")
    assert found.occurred_at == NOW - timedelta(seconds=5)
    assert found.livemode is False
    assert facts(found, "order_id", "telegram_id", "customer_ref") == ("ord_1", 7001, "cus_1")


# --- checkout sessions


def test_session_completed_paid() -> None:
    found = read("checkout.session.completed", session())
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)
    assert facts(found, "checkout_ref", "subscription_ref") == ("cs_test_1", "sub_1")


def test_session_completed_paid_in_payment_mode() -> None:
    once = session(mode="payment", invoice=None, subscription=None, payment_intent="pi_1")
    found = read("checkout.session.completed", once)
    assert facts(found, "kind", "payment_key", "subscription_ref") == (Kind.PAYMENT_COMPLETED, "pi_1", None)


def test_session_completed_paid_without_an_invoice_waits_for_invoice_paid() -> None:
    assert read("checkout.session.completed", session(invoice=None)).kind is Kind.IGNORED


def test_session_completed_unpaid() -> None:
    found = read("checkout.session.completed", session(payment_status="unpaid"))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.IGNORED, None, None)


def test_session_completed_no_payment_required() -> None:
    found = read("checkout.session.completed", session(payment_status="no_payment_required", amount_total=0))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    assert found.subscription_ref == "sub_1"


def test_session_completed_setup() -> None:
    assert read("checkout.session.completed", session(mode="setup")).kind is Kind.IGNORED


def test_async_payment_succeeded() -> None:
    late = session(payment_status="paid")
    found = read("checkout.session.async_payment_succeeded", late)
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)


def test_async_payment_failed() -> None:
    found = read("checkout.session.async_payment_failed", session(payment_status="unpaid"))
    assert facts(found, "kind", "final", "order_id") == (Kind.PAYMENT_FAILED, True, "ord_1")


def test_session_expired() -> None:
    found = read("checkout.session.expired", session(status="expired", payment_status="unpaid"))
    assert facts(found, "kind", "checkout_ref", "order_id") == (Kind.CHECKOUT_EXPIRED, "cs_test_1", "ord_1")


def test_the_order_comes_from_the_client_reference_where_metadata_is_empty() -> None:
    assert read("checkout.session.completed", session(metadata={})).order_id == "ord_1"


# --- invoices


@SHAPES
def test_invoice_paid_create(shape: str) -> None:
    found = read("invoice.paid", invoice(shape))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)
    assert facts(found, "subscription_ref", "order_id", "telegram_id") == ("sub_1", "ord_1", 7001)
    assert facts(found, "is_renewal", "reason") == (False, "subscription_create")


@SHAPES
def test_the_period_is_that_of_the_line_and_never_the_invoices(shape: str) -> None:
    assert facts(read("invoice.paid", invoice(shape)), "period_start", "period_end") == (START, END)


@SHAPES
def test_session_and_invoice_of_one_payment_have_one_key(shape: str) -> None:
    first = read("checkout.session.completed", session())
    second = read("invoice.paid", invoice(shape), id="evt_2")
    assert first.payment_key == second.payment_key
    assert first.event_key != second.event_key


@SHAPES
def test_invoice_paid_0(shape: str) -> None:
    found = read("invoice.paid", invoice(shape, amount_paid=0, amount_due=0))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    assert found.period_end == END


@SHAPES
def test_invoice_paid_cycle(shape: str) -> None:
    found = read("invoice.paid", invoice(shape, billing_reason="subscription_cycle"))
    assert facts(found, "kind", "is_renewal") == (Kind.PAYMENT_COMPLETED, True)


@SHAPES
def test_invoice_paid_subscription_update_keeps_the_period(shape: str) -> None:
    difference = invoice(shape, [line(shape, proration=True)], billing_reason="subscription_update", amount_paid=500)
    found = read("invoice.paid", difference)
    assert facts(found, "kind", "amount") == (Kind.PAYMENT_COMPLETED, Money(500, "EUR"))
    assert facts(found, "period_start", "period_end") == (None, None)


@SHAPES
def test_of_several_lines_the_latest_full_one_counts(shape: str) -> None:
    later = line(shape, FEBRUARY, FEBRUARY + 86_400 * 28)
    beyond = line(shape, FEBRUARY, FEBRUARY + 86_400 * 300, proration=True)
    found = read("invoice.paid", invoice(shape, [line(shape), later, beyond]))
    assert found.period_start == END
    assert found.period_end == datetime(2026, 3, 1, tzinfo=UTC)


@SHAPES
def test_invoice_payment_failed_next_attempt_set(shape: str) -> None:
    failing = invoice(shape, billing_reason="subscription_cycle", next_payment_attempt=FEBRUARY, amount_paid=0)
    found = read("invoice.payment_failed", failing)
    assert facts(found, "kind", "final", "is_renewal") == (Kind.PAYMENT_FAILED, False, True)
    assert facts(found, "payment_key", "amount") == ("in_1", EUR)
    assert found.evidence["next_attempt"] == END.isoformat()


@SHAPES
def test_invoice_payment_failed_final(shape: str) -> None:
    failing = invoice(shape, billing_reason="subscription_cycle", amount_paid=0)
    assert read("invoice.payment_failed", failing).final is True


@SHAPES
def test_a_first_invoice_that_failed_is_not_final(shape: str) -> None:
    assert read("invoice.payment_failed", invoice(shape, amount_paid=0)).final is False


@SHAPES
def test_invoice_payment_action_required(shape: str) -> None:
    found = read("invoice.payment_action_required", invoice(shape, amount_paid=0))
    assert facts(found, "kind", "reason", "final") == (Kind.PAYMENT_FAILED, "authentication", False)
    assert found.evidence["page"].startswith("https://invoice.stripe.com/")


@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_failed", "invoice.payment_action_required"])
def test_an_invoice_without_a_subscription_is_ignored(kind: str) -> None:
    bare = invoice("new", [], parent=None, subscription=None)
    assert read(kind, bare).kind is Kind.IGNORED


def test_where_both_shapes_stand_side_by_side_the_new_one_wins() -> None:
    both = invoice("new", subscription="sub_old", subscription_details={"metadata": {"order_id": "ord_old"}})
    assert facts(read("invoice.paid", both), "subscription_ref", "order_id") == ("sub_1", "ord_1")


def test_invoice_payment_succeeded_says_nothing_new() -> None:
    assert read("invoice.payment_succeeded", invoice("new")).kind is Kind.IGNORED


# --- subscriptions


@SHAPES
@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, None),
        ({"cancel_at_period_end": True}, END),
        ({"cancel_at_period_end": True, "cancel_at": FEBRUARY}, END),
        ({"cancel_at": JANUARY}, START),
    ],
    ids=["renews", "cancel_at_period_end", "both", "cancel_at of the portal"],
)
def test_subscription_updated(shape: str, changes: Json, ends: datetime | None) -> None:
    found = read("customer.subscription.updated", subscription(shape, **changes))
    assert facts(found, "kind", "subscription_ref", "cancel_at") == (Kind.SUBSCRIPTION_UPDATED, "sub_1", ends)
    assert facts(found, "period_start", "period_end", "order_id") == (START, END, "ord_1")


def test_subscription_updated_price() -> None:
    assert read("customer.subscription.updated", subscription("new")).evidence["price"] == "price_1"


@SHAPES
@pytest.mark.parametrize(
    ("raw", "kind"), [("paused", Kind.SUBSCRIPTION_PAUSED), ("resumed", Kind.SUBSCRIPTION_UPDATED)]
)
def test_subscription_paused_and_resumed(shape: str, raw: str, kind: PaymentEventKind) -> None:
    assert read(f"customer.subscription.{raw}", subscription(shape)).kind is kind


@SHAPES
def test_subscription_deleted(shape: str) -> None:
    gone = subscription(
        shape, status="canceled", ended_at=JANUARY, cancellation_details={"reason": "cancellation_requested"}
    )
    found = read("customer.subscription.deleted", gone)
    assert facts(found, "kind", "final", "cancel_at") == (Kind.SUBSCRIPTION_CANCELED, True, START)
    assert facts(found, "period_end", "reason") == (END, "cancellation_requested")


# --- refunds and disputes


@pytest.mark.parametrize("minor", [2999, 1000], ids=["full", "partial"])
def test_refund_created(minor: int) -> None:
    found = read("refund.created", refund(amount=minor))
    assert facts(found, "kind", "payment_key") == (Kind.REFUND, "re_1")
    assert facts(found, "amount_refunded", "amount") == (Money(minor, "EUR"), None)
    assert found.about_payment == "pi_1"


def test_refund_of_an_old_charge_names_the_invoice() -> None:
    assert read("refund.created", refund(charge={"id": "ch_1", "invoice": "in_1"})).about_payment == "in_1"


@pytest.mark.parametrize(
    ("kind", "status"), [("refund.failed", "failed"), ("refund.updated", "failed"), ("refund.updated", "canceled")]
)
def test_refund_failed(kind: str, status: str) -> None:
    found = read(kind, refund(status=status))
    assert facts(found, "kind", "payment_key", "reason") == (Kind.REFUND, "re_1", "reversed")


def test_charge_refunded_is_told_by_the_refund_events() -> None:
    total = {"id": "ch_1", "amount_refunded": 2999, "currency": "eur", "metadata": {}}
    assert read("charge.refunded", total).kind is Kind.IGNORED


def test_dispute_created_warning() -> None:
    found = read("charge.dispute.created", dispute(status="warning_needs_response"))
    assert facts(found, "kind", "reason", "payment_key") == (Kind.DISPUTE_OPENED, "inquiry", "dp_1")


@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
def test_dispute_created_or_funds_withdrawn(kind: str) -> None:
    found = read(kind, dispute())
    assert facts(found, "kind", "reason", "amount") == (Kind.DISPUTE_OPENED, "fraudulent", EUR)
    assert facts(found, "payment_key", "about_payment") == ("dp_1", "pi_1")


@pytest.mark.parametrize(("status", "reason"), [("won", "won"), ("lost", "lost"), ("warning_closed", "inquiry")])
def test_dispute_closed(status: str, reason: str) -> None:
    found = read("charge.dispute.closed", dispute(status=status))
    assert facts(found, "kind", "reason", "final") == (Kind.DISPUTE_CLOSED, reason, True)


# --- whatever else arrives


def test_unknown_type_is_ignored() -> None:
    assert read("customer.discount.created", {"id": "di_1"}).kind is Kind.IGNORED


@pytest.mark.parametrize("kind", sorted(EVENTS))
@pytest.mark.parametrize("source", [{}, {"id": None}, {"metadata": [], "items": 7, "lines": {"data": [None, "x"]}}])
def test_a_known_type_with_missing_fields_of_nobody_is_ignored_or_harmless(kind: str, source: Json) -> None:
    found = read(kind, source)
    assert found.payment_key is None
    assert found.amount is None


@pytest.mark.parametrize("source", [None, [], "in_1", 4, True])
def test_an_event_without_an_object_is_ignored(source: Any) -> None:
    assert read("invoice.paid", source).kind is Kind.IGNORED


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("checkout.session.completed", session(amount_total=None)),
        ("checkout.session.completed", session(currency="doubloons")),
        ("checkout.session.completed", session(payment_status="someday")),
        ("checkout.session.completed", session(amount_total=29.99)),
        ("checkout.session.completed", session(amount_total=True)),
        ("checkout.session.completed", session(amount_total=-1)),
        ("checkout.session.completed", session(mode="payment", payment_intent=None)),
        ("invoice.paid", invoice("new", amount_paid=None)),
        ("invoice.paid", invoice("old", id=None)),
        ("customer.subscription.updated", subscription("new", id=17)),
        ("charge.dispute.closed", dispute(status="maybe", metadata={"order_id": "ord_1"})),
    ],
)
def test_one_of_ours_that_lacks_what_we_need_is_refused_so_that_it_comes_again(kind: str, source: Json) -> None:
    with pytest.raises(MalformedWebhook):
        read(kind, source)


def test_foreign_metadata_names_nobody() -> None:
    for value in ("7e3", "-5", "", "٧", "9" * 40, 7001, None):
        found = read("customer.subscription.updated", subscription("new", metadata={"telegram_id": value}))
        assert found.telegram_id is None


@pytest.mark.parametrize(
    ("currency", "minor", "ours"),
    [
        ("jpy", 3000, Money(3000, "JPY")),
        ("kwd", 12_500, Money(12_500, "KWD")),
        ("usd", 1, Money(1, "USD")),
        ("isk", 50_000, Money(500, "ISK")),
        ("ugx", 50_000, Money(500, "UGX")),
        ("mga", 500, Money(50_000, "MGA")),
    ],
)
def test_amounts_are_exact_in_every_kind_of_currency(currency: str, minor: int, ours: Money) -> None:
    found = read("checkout.session.completed", session(amount_total=minor, currency=currency))
    assert found.amount == ours
