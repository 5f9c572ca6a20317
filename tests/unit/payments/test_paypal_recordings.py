"""Tests with payloads recorded from the real PayPal, read from a separate folder.

The payloads are not part of the repository. `UMBRAL_PAYLOADS` names a folder with `paypal/<what>__<source>.json`;
without the setting, the tests are skipped with that reason.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.translate import translate
from subscriptions.infrastructure.payments.paypal.verify import decode, transmission
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import NOW

FOLDER = os.environ.get("UMBRAL_PAYLOADS", "")
RECORDINGS = sorted((Path(FOLDER) / "paypal").glob("*.json")) if FOLDER else []
NEEDS_FOLDER = "UMBRAL_PAYLOADS names no folder of recorded payloads"

Kind = PaymentEventKind
EXPECTED = {
    "BILLING.SUBSCRIPTION.CANCELLED": Kind.SUBSCRIPTION_CANCELED,
    "BILLING.SUBSCRIPTION.CREATED": Kind.IGNORED,
    "PAYMENT.SALE.COMPLETED.from-subscription": Kind.PAYMENT_COMPLETED,
    "PAYMENT.SALE.REFUNDED": Kind.REFUND,
}


def read(body: bytes) -> PaymentEvent | None:
    try:
        return translate(Node(decode(body)), NOW)
    except MalformedWebhook:
        return None


def recorded(name: str) -> dict[str, Any]:
    if not FOLDER:
        pytest.skip(NEEDS_FOLDER)
    (found,) = [recording for recording in RECORDINGS if recording.name.startswith(name)]
    whole: dict[str, Any] = json.loads(found.read_bytes())
    return whole


def test_recordings_folder_contains_recordings() -> None:
    if not FOLDER:
        pytest.skip(NEEDS_FOLDER)
    assert {recording.name.partition("__")[0] for recording in RECORDINGS} >= set(EXPECTED)


@pytest.mark.parametrize(
    "recording",
    [(recording.stem, recording.read_bytes()) for recording in RECORDINGS]
    or [pytest.param(None, marks=pytest.mark.skip(reason=NEEDS_FOLDER))],
    ids=lambda recording: recording[0] if recording else "no folder",
)
def test_recorded_payload_is_parsed(recording: tuple[str, bytes]) -> None:
    found = read(recording[1])
    expected = EXPECTED.get(recording[0].partition("__")[0])
    assert (found.kind if found is not None else None) == expected


def test_recorded_sale_of_a_subscription_is_read() -> None:
    found = read(json.dumps(recorded("PAYMENT.SALE.COMPLETED.from-subscription")).encode())
    assert found is not None
    assert (found.subscription_ref, found.payment_key) == ("I-W0Y05RHBK9VG", "7D51924877811803R")
    assert found.amount == Money(499, "USD")


def test_recorded_refund_names_its_sale() -> None:
    found = read(json.dumps(recorded("PAYMENT.SALE.REFUNDED")).encode())
    assert found is not None
    assert (found.payment_key, found.about_payment) == ("6YX43824R4443062K", "9T0916710M1105906")


def test_text_constructed_for_verification_equals_the_text_signed_by_paypal() -> None:
    vector = recorded("signature-vector")
    body = vector["event_body"].encode()
    reported = transmission(
        {
            "paypal-transmission-id": vector["transmission_id"],
            "paypal-transmission-time": vector["timestamp"],
            "paypal-transmission-sig": vector["actual_signature"],
            "paypal-cert-url": vector["cert_url"],
            "paypal-auth-algo": "SHA256withRSA",
        }
    )
    assert zlib.crc32(body) == vector["crc32_of_event_body"]
    assert reported.signed_content(vector["webhook_id"], body).decode() == vector["signed_string"]
