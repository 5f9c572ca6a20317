"""Tests with payloads recorded from the real Stripe, read from a separate folder.

The payloads are not part of the repository. `UMBRAL_PAYLOADS` names a folder with `stripe/<event type>__<source>.json`;
without the setting, the tests are skipped with that reason.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.translate import EVENTS
from tests.support.stripe import delivery, event

FOLDER = os.environ.get("UMBRAL_PAYLOADS", "")
RECORDINGS = sorted((Path(FOLDER) / "stripe").glob("*.json")) if FOLDER else []
NEEDS_FOLDER = "UMBRAL_PAYLOADS names no folder of recorded payloads"

Kind = PaymentEventKind
EXPECTED = {
    "checkout.session.completed": {Kind.PAYMENT_COMPLETED, Kind.IGNORED},
    "invoice.paid": {Kind.PAYMENT_COMPLETED, Kind.SUBSCRIPTION_ACTIVATED},
    "invoice.payment_failed": {Kind.PAYMENT_FAILED},
    "customer.subscription.updated": {Kind.SUBSCRIPTION_UPDATED},
    "customer.subscription.deleted": {Kind.SUBSCRIPTION_CANCELED},
    "refund.created": {Kind.REFUND},
    "charge.refunded": {Kind.REFUND},
    "charge.dispute.created": {Kind.DISPUTE_OPENED},
}


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
async def test_recorded_payload_is_parsed(gateway: StripeGateway, recording: tuple[str, bytes]) -> None:
    body: dict[str, Any] = json.loads(recording[1])
    kind = recording[0].partition("__")[0]
    assert kind in EVENTS
    whole = body if "data" in body else event(kind, body["object"])
    found = await gateway.parse_webhook(delivery({**whole, "livemode": False}))
    assert found.kind in EXPECTED.get(kind, set(Kind))
    if found.kind is Kind.PAYMENT_FAILED:
        assert found.subscription_ref is not None
    if "invoice.paid" in kind:
        lines = whole["data"]["object"]["lines"]["data"]
        assert found.period_end is not None
        assert int(found.period_end.timestamp()) == max(line["period"]["end"] for line in lines)
