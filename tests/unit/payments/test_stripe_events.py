"""Conversion of Stripe's events to payment events: checkouts, refunds, disputes, and irrelevant events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import MalformedWebhook
from subscriptions.infrastructure.payments.stripe.translate import EVENTS
from tests.support.each_case import each_case
from tests.support.stripe import NOW, Json, dispute, invoice, refund, session, subscription
from tests.support.stripe_events import EUR, Kind, facts, read


def test_event_of_a_completed_session_names_its_order_customer_time_and_mode() -> None:
    found = read("checkout.session.completed", session())
    assert facts(found, "provider", "event_key", "raw_type") == ("stripe", "evt_1", "checkout.session.completed")
    assert found.occurred_at == NOW - timedelta(seconds=5)
    assert found.livemode is False
    assert facts(found, "order_id", "telegram_id", "customer_ref") == ("ord_1", 7001, "cus_1")


# --- checkout sessions


def test_paid_session_is_a_completed_payment() -> None:
    found = read("checkout.session.completed", session())
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)
    assert facts(found, "checkout_ref", "subscription_ref") == ("cs_test_1", "sub_1")


def test_paid_session_in_payment_mode_is_keyed_by_the_payment_intent() -> None:
    once = session(mode="payment", invoice=None, subscription=None, payment_intent="pi_1")
    found = read("checkout.session.completed", once)
    assert facts(found, "kind", "payment_key", "subscription_ref") == (Kind.PAYMENT_COMPLETED, "pi_1", None)


def test_paid_subscription_session_without_an_invoice_is_ignored() -> None:
    assert read("checkout.session.completed", session(invoice=None)).kind is Kind.IGNORED


def test_unpaid_completed_session_is_ignored() -> None:
    found = read("checkout.session.completed", session(payment_status="unpaid"))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.IGNORED, None, None)


def test_session_without_required_payment_activates_the_subscription() -> None:
    found = read("checkout.session.completed", session(payment_status="no_payment_required", amount_total=0))
    assert facts(found, "kind", "payment_key", "amount") == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    assert found.subscription_ref == "sub_1"


def test_completed_setup_session_is_ignored() -> None:
    assert read("checkout.session.completed", session(mode="setup")).kind is Kind.IGNORED


def test_delayed_payment_that_succeeds_is_a_completed_payment() -> None:
    late = session(payment_status="paid")
    found = read("checkout.session.async_payment_succeeded", late)
    assert facts(found, "kind", "payment_key", "amount") == (Kind.PAYMENT_COMPLETED, "in_1", EUR)


def test_delayed_payment_that_fails_is_a_final_failure() -> None:
    found = read("checkout.session.async_payment_failed", session(payment_status="unpaid"))
    assert facts(found, "kind", "final", "order_id") == (Kind.PAYMENT_FAILED, True, "ord_1")


def test_expired_session_expires_the_checkout() -> None:
    found = read("checkout.session.expired", session(status="expired", payment_status="unpaid"))
    assert facts(found, "kind", "checkout_ref", "order_id") == (Kind.CHECKOUT_EXPIRED, "cs_test_1", "ord_1")


def test_order_is_read_from_the_client_reference_without_metadata() -> None:
    assert read("checkout.session.completed", session(metadata={})).order_id == "ord_1"


@pytest.mark.parametrize(
    ("reported", "country"), [("PT", "PT"), ("pt", "PT"), (None, None), ("Portugal", None), (5, None)]
)
def test_country_of_the_payer_is_read(reported: object, country: str | None) -> None:
    billed = session(customer_details={"address": {"country": reported}})
    assert read("checkout.session.completed", billed).country == country
    assert read("invoice.paid", invoice("new", customer_address={"country": reported})).country == country
    assert read("checkout.session.completed", session(customer_details=None)).country is None


# --- refunds and disputes


@pytest.mark.parametrize("minor", [2999, 1000], ids=["full", "partial"])
def test_created_refund_names_its_amount_and_payment(minor: int) -> None:
    found = read("refund.created", refund(amount=minor))
    assert facts(found, "kind", "payment_key") == (Kind.REFUND, "re_1")
    assert facts(found, "amount_refunded", "amount") == (Money(minor, "EUR"), None)
    assert found.about_payment == "pi_1"


def test_refund_of_an_old_charge_names_the_invoice() -> None:
    assert read("refund.created", refund(charge={"id": "ch_1", "invoice": "in_1"})).about_payment == "in_1"


@pytest.mark.parametrize(
    ("kind", "status"), [("refund.failed", "failed"), ("refund.updated", "failed"), ("refund.updated", "canceled")]
)
def test_failed_refund_is_a_reversed_refund(kind: str, status: str) -> None:
    found = read(kind, refund(status=status))
    assert facts(found, "kind", "payment_key", "reason") == (Kind.REFUND, "re_1", "reversed")


@pytest.mark.parametrize("more", [{}, {"invoice": "in_1"}, {"payment_intent": "pi_1"}, {"invoice": None}])
def test_charge_refunded_event_names_its_charge_and_no_refund(more: dict[str, object]) -> None:
    total = {"id": "ch_1", "amount_refunded": 2999, "currency": "eur", "metadata": {}, **more}
    found = read("charge.refunded", total)
    assert facts(found, "kind", "payment_key", "about_payment") == (Kind.REFUND, None, "ch_1")


def test_failed_refund_reported_by_its_charge_is_a_reversed_refund() -> None:
    found = read("charge.refund.updated", refund(status="failed"))
    assert facts(found, "kind", "payment_key", "reason") == (Kind.REFUND, "re_1", "reversed")


def test_dispute_warning_is_an_inquiry() -> None:
    found = read("charge.dispute.created", dispute(status="warning_needs_response"))
    assert facts(found, "kind", "reason", "payment_key") == (Kind.DISPUTE_OPENED, "inquiry", "dp_1")


@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
def test_created_dispute_names_its_reason_amount_and_payment(kind: str) -> None:
    found = read(kind, dispute())
    assert facts(found, "kind", "reason", "amount") == (Kind.DISPUTE_OPENED, "fraudulent", EUR)
    assert facts(found, "payment_key", "about_payment") == ("dp_1", "pi_1")


@pytest.mark.parametrize(("status", "reason"), [("won", "won"), ("lost", "lost"), ("warning_closed", "inquiry")])
def test_closed_dispute_names_its_outcome(status: str, reason: str) -> None:
    found = read("charge.dispute.closed", dispute(status=status))
    assert facts(found, "kind", "reason", "final") == (Kind.DISPUTE_CLOSED, reason, True)


# --- other events


def test_unknown_event_type_is_ignored() -> None:
    assert read("customer.discount.created", {"id": "di_1"}).kind is Kind.IGNORED


@each_case("kind", sorted(EVENTS))
@each_case("source", [{}, {"id": None}, {"metadata": [], "items": 7, "lines": {"data": [None, "x"]}}])
def test_event_of_a_known_type_with_missing_fields_has_no_payment_key_and_no_amount(kind: str, source: Json) -> None:
    found = read(kind, source)
    assert found.payment_key is None
    assert found.amount is None


@pytest.mark.parametrize("source", [None, [], "in_1", 4, True])
def test_event_without_an_object_is_ignored(source: Any) -> None:
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
def test_incomplete_event_of_our_shop_is_refused_as_malformed(kind: str, source: Json) -> None:
    with pytest.raises(MalformedWebhook):
        read(kind, source)


def test_metadata_of_another_shop_identifies_no_customer() -> None:
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
