"""Cryptomus webhooks converted to payment events: every status, and missing, foreign or absurd values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID, UNDERPAID
from subscriptions.domain.ports.payment_gateway import (
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.translate import translate
from subscriptions.infrastructure.payments.cryptomus.verify import prove
from subscriptions.infrastructure.providers.reader import Node
from tests.support.cryptomus import NOW, ORDER, UUID, delivery, php, settings, signed, webhook

KIND = PaymentEventKind
SECRETS = settings().webhook_secrets


def read(body: bytes | dict[str, Any]) -> PaymentEvent:
    return translate(Node(prove(delivery(body), SECRETS)), NOW)


def fact(**changes: Any) -> PaymentEvent:
    return read(webhook(**changes))


@pytest.mark.parametrize(
    ("status", "kind", "reason", "final"),
    [
        ("paid", KIND.PAYMENT_COMPLETED, None, False),
        ("paid_over", KIND.PAYMENT_COMPLETED, None, False),
        ("wrong_amount", KIND.PAYMENT_FAILED, UNDERPAID, True),
        ("cancel", KIND.PAYMENT_FAILED, "cancel", True),
        ("fail", KIND.PAYMENT_FAILED, "fail", True),
        ("system_fail", KIND.PAYMENT_FAILED, "system_fail", True),
        ("refund_paid", KIND.REFUND, None, False),
        ("refund_process", KIND.IGNORED, "refund_process settles nothing", False),
        ("refund_fail", KIND.IGNORED, "refund_fail settles nothing", False),
        ("process", KIND.IGNORED, "process settles nothing", False),
        ("check", KIND.IGNORED, "check settles nothing", False),
        ("confirm_check", KIND.IGNORED, "confirm_check settles nothing", False),
        ("wrong_amount_waiting", KIND.IGNORED, "wrong_amount_waiting settles nothing", False),
        ("locked", KIND.IGNORED, "locked settles nothing", False),
        ("something_new", KIND.IGNORED, "something_new settles nothing", False),
    ],
)
def test_every_cryptomus_status_is_converted_to_its_payment_event(
    status: str, kind: KIND, reason: str | None, final: bool
) -> None:
    event = fact(status=status)
    assert (event.kind, event.reason, event.final) == (kind, reason, final)
    assert event.raw_type == f"payment:{status}"
    assert event.order_id == ORDER
    assert event.telegram_id == 7001
    assert event.checkout_ref == UUID
    assert event.subscription_ref is None


def test_payment_event_has_amount_key_and_evidence() -> None:
    event = fact()
    assert event.amount == Money(1500, "USD")
    assert event.payment_key == UUID
    assert event.occurred_at == NOW
    assert event.evidence["payment_amount"] == "15.75000000"
    assert event.evidence["payer_currency"] == "USDT"
    assert event.evidence["txid"].startswith("6f0d")


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        ("14.17500000", 1350),
        ("15.74999999", 1499),
        ("0.00000001", 0),
        ("7.875", 750),
        ("15.75000000", None),
        ("16", None),
        (None, None),
        ("abc", None),
    ],
)
def test_underpayment_is_converted_at_the_invoices_rate_and_rounded_down(sent: object, came: int | None) -> None:
    event = fact(status="wrong_amount", payment_amount=sent)
    assert event.amount == (Money(came, "USD") if came is not None else None)
    assert event.payment_key == UUID


@pytest.mark.parametrize(
    ("sent", "came"),
    [("21.81550228", 2000), ("29.22186530", 2679), ("0.01090775", 1), ("21.81550226", 1999), ("32.71234566", 2998)],
)
def test_underpayment_is_exact_to_the_cent_despite_truncated_decimals_of_the_exchange_rate(
    sent: str, came: int
) -> None:
    notified = {"amount": "29.99000000", "currency": "EUR", "payer_amount": "32.71234567", "payment_amount": sent}
    assert fact(status="wrong_amount", **notified).amount == Money(came, "EUR")


@pytest.mark.parametrize(
    ("sent", "came"), [("16.80000000", 1600), ("15.76049999", 1500), ("15.7605", 1501), ("31.5", 3000)]
)
def test_overpaid_event_reports_the_received_and_the_regular_amount(sent: str, came: int) -> None:
    event = fact(status="paid_over", payment_amount=sent)
    if came == 1500:
        assert (event.amount, event.regular, event.reason) == (Money(1500, "USD"), None, None)
    else:
        assert (event.amount, event.regular, event.reason) == (Money(came, "USD"), Money(1500, "USD"), OVERPAID)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("29.99000000", "EUR", 2999),
        ("1500.00000000", "JPY", 1500),
        ("12.50000000", "KWD", 12500),
        ("0.01", "USD", 1),
        ("5", "USD", 500),
    ],
)
def test_amounts_are_exact_in_every_currency(amount: str, currency: str, minor: int) -> None:
    event = fact(amount=amount, currency=currency, payer_amount="1", payment_amount="1")
    assert event.amount == Money(minor, currency)


@pytest.mark.parametrize("amount", ["15.001", "-15.00", "1e2", "", None, "15,00", "9" * 31, [], {}, "٣"])
def test_invalid_amount_is_refused_as_malformed(amount: object) -> None:
    with pytest.raises(MalformedWebhook):
        fact(amount=amount)


@pytest.mark.parametrize("currency", ["USDT", "BTC", "", None, 5, "US"])
def test_unsupported_currency_is_refused_as_malformed(currency: object) -> None:
    with pytest.raises(MalformedWebhook):
        fact(currency=currency)


def test_amount_given_as_a_json_number_is_accepted() -> None:
    assert fact(amount=15).amount == Money(1500, "USD")


@pytest.mark.parametrize("status", ["paid", "paid_over", "wrong_amount", "refund_paid"])
def test_payment_marked_as_not_final_is_ignored(status: str) -> None:
    assert fact(status=status, is_final=False).kind is KIND.IGNORED
    assert fact(status=status, is_final=None).kind is not KIND.IGNORED


def test_refund_event_names_its_invoice_and_the_refunded_amount() -> None:
    event = fact(status="refund_paid", payment_amount="7.875")
    assert event.payment_key == f"{UUID}:refund"
    assert event.about_payment == UUID
    assert event.amount_refunded == Money(750, "USD")


@pytest.mark.parametrize("kind", ["wallet", "payout", "something"])
def test_delivery_types_other_than_payment_are_ignored(kind: str) -> None:
    assert fact(type=kind).kind is KIND.IGNORED


@pytest.mark.parametrize("member", ["type", "uuid", "status"])
def test_webhook_without_type_uuid_or_status_is_refused_as_malformed(member: str) -> None:
    body = webhook()
    del body[member]
    with pytest.raises(MalformedWebhook):
        read(body)


@pytest.mark.parametrize(
    ("additional", "order_id"),
    [
        (None, "1487555"),
        (None, None),
        ("shop 5", "order-1"),
        ('{"order_id": 5}', "x"),
        ("[" * 900, "x"),
        ('{"a":1,"a":2}', "x"),
        (7, 7),
    ],
    ids=["no data", "nothing", "other text", "not text", "deep", "twice", "numbers"],
)
def test_invoice_of_another_shop_on_the_same_account_is_ignored(additional: object, order_id: object) -> None:
    event = fact(additional_data=additional, order_id=order_id, amount=None)
    assert event.kind is KIND.IGNORED
    assert event.order_id is None


def test_umbral_order_is_read_from_the_cryptomus_order_id_without_additional_data() -> None:
    event = fact(additional_data=None)
    assert (event.order_id, event.telegram_id) == (ORDER, None)
    assert fact(additional_data=None, order_id=f"{ORDER}-3_2").order_id == ORDER


@pytest.mark.parametrize("person", [True, "7001", -5, 1.5, 10**30])
def test_invalid_telegram_id_is_read_as_none(person: object) -> None:
    event = fact(additional_data=php({"order_id": ORDER, "telegram_id": person}))
    assert (event.order_id, event.telegram_id) == (ORDER, None)


def test_recurring_charge_refers_to_its_recurrence() -> None:
    event = fact(order_id=f"r-{ORDER}-1")
    assert event.kind is KIND.PAYMENT_COMPLETED
    assert event.checkout_ref == f"recurrence:r-{ORDER}-1/{UUID}"
    assert fact(order_id=f"r-{ORDER}-1", status="fail").final is False


@pytest.mark.parametrize(
    ("days", "period", "number"),
    [
        (0, "monthly", 0),
        (-1, "monthly", 0),
        (29, "monthly", 1),
        (31, "monthly", 1),
        (365, "monthly", 12),
        (365, "three_month", 4),
        (366, "weekly", 52),
    ],
)
def test_recurring_charges_are_numbered_by_periods_since_the_checkout(days: int, period: str, number: int) -> None:
    made = int((NOW - timedelta(days=days)).timestamp())
    reported = php({"order_id": ORDER, "telegram_id": 7001, "made_at": made, "period": period})
    event = fact(order_id=f"r-{ORDER}-1", additional_data=reported)
    assert event.payment_key == f"r-{ORDER}-1:{number}"


@pytest.mark.parametrize(("letter", "number"), [("m", 12), ("q", 4), ("w", 52)])
def test_number_of_a_recurring_charge_is_derived_from_the_cryptomus_order_id_alone(letter: str, number: int) -> None:
    made = base36(int((NOW - timedelta(days=365)).timestamp()))
    name = f"r-{ORDER}-1-{letter}{made}"
    for order_id in (name, f"{name}_2"):
        event = fact(order_id=order_id, additional_data=None)
        assert (event.order_id, event.payment_key) == (ORDER, f"{order_id}:{number}")


def base36(number: int) -> str:
    """Return a whole number in base 36."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number] if number < 36 else base36(number // 36) + digits[number % 36]


def test_recurring_charge_with_unknown_checkout_time_has_its_own_time_as_key() -> None:
    assert fact(order_id=f"r-{ORDER}-1").payment_key == f"r-{ORDER}-1:20261120T090000Z"


def test_repeated_webhook_has_the_same_event_key() -> None:
    assert fact().event_key == read(php_json.dump_plain({**_body(), "sign": _sign()})).event_key
    assert len(fact().event_key) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "paid_over"},
        {"uuid": "x"},
        {"txid": None},
        {"txid": "x"},
        {"payment_amount": "1"},
        {"type": "wallet"},
        {"is_final": False},
    ],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_webhooks_with_different_content_have_different_event_keys(changes: dict[str, Any]) -> None:
    assert fact(**changes).event_key != fact().event_key


def _body() -> dict[str, Any]:
    return webhook()


def _sign() -> str:
    mark = php_json.parse(signed(webhook()).decode())["sign"]
    assert isinstance(mark, str)
    return mark
