"""Conversion of Stripe's events to payment events: invoices and subscriptions, in both payload formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from subscriptions.infrastructure.payments.stripe.subscriptions import snapshot
from subscriptions.infrastructure.providers.reader import Node
from tests.support.stripe import FEBRUARY, JANUARY, Json, invoice, line, session, subscription
from tests.support.stripe_events import END, EUR, SHAPES, START, Kind, facts, read

# --- invoices


@SHAPES
def test_first_paid_invoice_is_a_payment(shape: str) -> None:
    found = read("invoice.paid", invoice(shape))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)
    assert facts(found, "subscription_ref", "order_id", "telegram_id") == ("sub_1", "ord_1", 7001)
    assert facts(found, "is_renewal", "reason") == (False, "subscription_create")


@SHAPES
def test_period_is_read_from_the_invoice_line(shape: str) -> None:
    assert facts(read("invoice.paid", invoice(shape)), "period_start", "period_end") == (START, END)


@SHAPES
def test_session_and_invoice_of_one_payment_have_one_key(shape: str) -> None:
    first = read("checkout.session.completed", session())
    second = read("invoice.paid", invoice(shape), id="evt_2")
    assert first.payment_key == second.payment_key
    assert first.event_key != second.event_key


@SHAPES
def test_free_paid_invoice_is_an_activation(shape: str) -> None:
    found = read("invoice.paid", invoice(shape, amount_paid=0, amount_due=0))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    assert found.period_end == END


@SHAPES
def test_paid_cycle_invoice_is_a_renewal(shape: str) -> None:
    found = read("invoice.paid", invoice(shape, billing_reason="subscription_cycle"))
    assert facts(found, "kind", "is_renewal") == (Kind.PAYMENT_COMPLETED, True)


@SHAPES
def test_invoice_of_a_plan_change_does_not_change_the_period(shape: str) -> None:
    difference = invoice(shape, [line(shape, proration=True)], billing_reason="subscription_update", amount_paid=500)
    found = read("invoice.paid", difference)
    assert facts(found, "kind", "amount") == (Kind.PAYMENT_COMPLETED, Money(500, "EUR"))
    assert facts(found, "period_start", "period_end") == (None, None)


@SHAPES
def test_period_of_the_latest_full_invoice_line_is_used(shape: str) -> None:
    later = line(shape, FEBRUARY, FEBRUARY + 86_400 * 28)
    beyond = line(shape, FEBRUARY, FEBRUARY + 86_400 * 300, proration=True)
    found = read("invoice.paid", invoice(shape, [line(shape), later, beyond]))
    assert found.period_start == END
    assert found.period_end == datetime(2026, 3, 1, tzinfo=UTC)


@SHAPES
def test_failed_invoice_with_a_next_attempt_is_not_final(shape: str) -> None:
    failing = invoice(shape, billing_reason="subscription_cycle", next_payment_attempt=FEBRUARY, amount_paid=0)
    found = read("invoice.payment_failed", failing)
    assert facts(found, "kind", "final", "is_renewal") == (Kind.PAYMENT_FAILED, False, True)
    assert facts(found, "payment_key", "amount") == ("in_1", EUR)
    assert found.evidence["next_attempt"] == END.isoformat()


@SHAPES
def test_failed_invoice_without_a_next_attempt_is_final(shape: str) -> None:
    failing = invoice(shape, billing_reason="subscription_cycle", amount_paid=0)
    assert read("invoice.payment_failed", failing).final is True


@SHAPES
def test_failed_first_invoice_is_not_final(shape: str) -> None:
    assert read("invoice.payment_failed", invoice(shape, amount_paid=0)).final is False


@SHAPES
def test_invoice_that_requires_an_action_is_an_authentication_failure(shape: str) -> None:
    found = read("invoice.payment_action_required", invoice(shape, amount_paid=0))
    assert facts(found, "kind", "reason", "final") == (Kind.PAYMENT_FAILED, "authentication", False)


@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_failed", "invoice.payment_action_required"])
def test_invoice_without_a_subscription_is_ignored(kind: str) -> None:
    bare = invoice("new", [], parent=None, subscription=None)
    assert read(kind, bare).kind is Kind.IGNORED


def test_new_format_has_priority_over_the_old_format() -> None:
    both = invoice("new", subscription="sub_old", subscription_details={"metadata": {"order_id": "ord_old"}})
    assert facts(read("invoice.paid", both), "subscription_ref", "order_id") == ("sub_1", "ord_1")


def test_invoice_payment_succeeded_event_is_ignored() -> None:
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
def test_updated_subscription_names_its_period_and_cancellation_date(
    shape: str, changes: Json, ends: datetime | None
) -> None:
    found = read("customer.subscription.updated", subscription(shape, **changes))
    assert facts(found, "kind", "subscription_ref", "cancel_at") == (Kind.SUBSCRIPTION_UPDATED, "sub_1", ends)
    assert facts(found, "period_start", "period_end", "order_id") == (START, END, "ord_1")


def test_updated_subscription_names_its_price() -> None:
    assert read("customer.subscription.updated", subscription("new")).evidence["price"] == "price_1"


@SHAPES
@pytest.mark.parametrize(
    ("raw", "kind"), [("paused", Kind.SUBSCRIPTION_PAUSED), ("resumed", Kind.SUBSCRIPTION_UPDATED)]
)
def test_paused_subscription_event_is_a_pause_and_resumed_event_an_update(
    shape: str, raw: str, kind: PaymentEventKind
) -> None:
    assert read(f"customer.subscription.{raw}", subscription(shape)).kind is kind


@SHAPES
def test_deleted_subscription_is_reported_as_finally_canceled(shape: str) -> None:
    gone = subscription(
        shape, status="canceled", ended_at=JANUARY, cancellation_details={"reason": "cancellation_requested"}
    )
    found = read("customer.subscription.deleted", gone)
    assert facts(found, "kind", "final", "cancel_at") == (Kind.SUBSCRIPTION_CANCELED, True, START)
    assert facts(found, "period_end", "reason") == (END, "cancellation_requested")


@SHAPES
@pytest.mark.parametrize(
    ("status", "attempts", "changes", "waived"),
    [
        ("void", 3, {}, True),
        ("uncollectible", 3, {}, False),
        ("paid", 3, {}, False),
        ("open", 3, {"status": "past_due"}, False),
        ("void", 0, {}, False),
        ("void", 3, {"pause_collection": {"behavior": "void", "resumes_at": None}}, False),
        ("void", 3, {"status": "canceled"}, False),
    ],
    ids=["voided", "uncollectible", "paid", "owed", "never charged", "paused", "ended"],
)
def test_charge_of_a_voided_invoice_is_waived(
    shape: str, status: str, attempts: int, changes: Json, waived: bool
) -> None:
    latest = invoice(shape, status=status, attempt_count=attempts)
    found = subscription(shape, latest_invoice=latest, **changes)
    assert snapshot(Node(found), START).waived is waived


@SHAPES
@pytest.mark.parametrize(
    ("changes", "status", "unsettled"),
    [
        ({"status": "open"}, "active", True),
        ({"status": "paid"}, "active", False),
        ({"status": "open"}, "past_due", False),
        ({"status": "draft", "auto_advance": True}, "active", True),
        ({"status": "draft", "auto_advance": False}, "active", False),
    ],
    ids=["bank decides", "paid", "refused", "about to be charged", "kept as draft"],
)
def test_charge_is_unsettled_until_its_invoice_is_paid_or_refused(
    shape: str, changes: Json, status: str, unsettled: bool
) -> None:
    found = subscription(shape, latest_invoice=invoice(shape, **changes), status=status)
    assert snapshot(Node(found), START).unsettled is unsettled


@SHAPES
@pytest.mark.parametrize("begins_period", [True, False])
def test_difference_of_a_plan_change_at_the_bank_leaves_the_period_settled(shape: str, *, begins_period: bool) -> None:
    lines = [line(shape, proration=True), *([line(shape)] if begins_period else [])]
    latest = invoice(shape, lines, billing_reason="subscription_update", status="open")
    found = subscription(shape, latest_invoice=latest, status="active")
    assert snapshot(Node(found), START).unsettled is begins_period


@SHAPES
@pytest.mark.parametrize(
    "notes",
    [
        {"metadata": {"paused_until": str(int((START + timedelta(days=300)).timestamp()))}},
        {"metadata": {"held": "yes"}, "pause_collection": {"behavior": "void", "resumes_at": None}},
        {"pause_collection": {"behavior": "void", "resumes_at": int((START + timedelta(days=300)).timestamp())}},
        {"trial_end": int((START + timedelta(days=300)).timestamp()), "metadata": {"charge_moved_to": "1"}},
    ],
    ids=["skipped month", "on hold", "paused by the seller", "charge postponed"],
)
@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_final_status_outranks_every_note_about_the_subscription(shape: str, notes: Json, status: str) -> None:
    found = subscription(shape, status=status, latest_invoice=invoice(shape, status="void"), **notes)

    state = snapshot(Node(found), START)

    assert state.status is ProviderStatus.ENDED
    assert (state.pause_until, state.held, state.charge_moved_to, state.owed) == (None, False, None, None)
