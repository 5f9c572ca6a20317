"""Pitfalls of verifying Stripe's webhook signatures: Stripe's library alone would accept or mishandle each of these
cases.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    InvalidSignature,
    MalformedWebhook,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from tests.support.stripe import (
    NOW,
    OTHER_SECRET,
    SECRET,
    FakeClock,
    delivery,
    event,
    header,
    invoice,
    session,
    settings,
    signature,
)

BODY = json.dumps(event("invoice.paid", invoice("new"))).encode()
STAMP = f"t={int(NOW.timestamp())}"
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(header(BODY), id="one v1"),
        pytest.param(header(BODY, "whsec_demo_gone", SECRET), id="two v1 in rotation, second valid"),
        pytest.param(header(BODY, OTHER_SECRET), id="our second secret"),
        pytest.param(f"{header(BODY)},v0={'0' * 64}", id="v1 and v0"),
        pytest.param(header(BODY, at=NOW - timedelta(seconds=299)), id="t 299 s old"),
        pytest.param(header(BODY, at=NOW + timedelta(seconds=299)), id="t 299 s in the future"),
    ],
)
async def test_valid_signature_is_accepted(gateway: StripeGateway, signed: str) -> None:
    found = await gateway.parse_webhook(delivery(BODY, signed))
    assert found.kind is PaymentEventKind.PAYMENT_COMPLETED


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(header(BODY, at=NOW - timedelta(seconds=302)), id="t 302 s old"),
        pytest.param(header(BODY, at=NOW + timedelta(seconds=302)), id="t 302 s in the future"),
        pytest.param(header(BODY, at=NOW + YEAR), id="t one year in the FUTURE"),
        pytest.param(header(BODY, at=NOW - YEAR), id="any age with the library's tolerance off"),
        pytest.param(f"{STAMP},v1={'é' * 64}", id="non-ASCII character in v1"),
        pytest.param(f"{STAMP},v1={signature(BODY)}é", id="non-ASCII character behind a good v1"),
        pytest.param("", id="header empty"),
        pytest.param(" ", id="header blank"),
        pytest.param(f"{STAMP},v0={signature(BODY)}", id="only v0= scheme"),
        pytest.param(STAMP, id="no v1"),
        pytest.param(f"{STAMP},v1=", id="v1 empty"),
        pytest.param(f"v1={signature(BODY)}", id="no t"),
        pytest.param(f"t=,v1={signature(BODY)}", id="t empty"),
        pytest.param(f"t=soon,v1={signature(BODY)}", id="t no number"),
        pytest.param(f"t={'9' * 5000},v1={signature(BODY)}", id="t of 5000 digits"),
        pytest.param(f"t=-1,v1={signature(BODY)}", id="t negative"),
        pytest.param(header(BODY, "whsec_demo_gone"), id="another secret"),
        pytest.param(header(b"{}"), id="signature of another body"),
        pytest.param(header(BODY).upper(), id="upper case"),
        pytest.param(",,,===", id="only separators"),
    ],
)
async def test_invalid_signature_is_refused(gateway: StripeGateway, signed: str) -> None:
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(BODY, signed))


async def test_missing_header_is_refused(gateway: StripeGateway) -> None:
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(replace(delivery(BODY), headers={}))


@pytest.mark.parametrize("extra", ["t={}", "t=+{}", "t= {}", "t={}="])
async def test_old_delivery_with_a_second_timestamp_is_refused(gateway: StripeGateway, extra: str) -> None:
    old = NOW - YEAR
    good = f"v1={signature(BODY, at=old)}"
    then, now = int(old.timestamp()), int(NOW.timestamp())
    for first, second in ((extra.format(then), f"t={now}"), (f"t={now}", extra.format(then))):
        with pytest.raises(InvalidSignature):
            await gateway.parse_webhook(delivery(BODY, f"{first},{second},{good}"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe{}", id="body not UTF-8"),
        pytest.param(b"not json", id="body not JSON, good signature"),
        pytest.param(b"", id="body empty"),
        pytest.param(b"[]", id="body [], good signature"),
        pytest.param(b'"x"', id='body "x", good signature'),
        pytest.param(b"null", id="body null"),
        pytest.param(b"12", id="body a number"),
        pytest.param(BODY[:-40], id="truncated"),
        pytest.param(b"[" * 200_000, id="deep nesting"),
        pytest.param(b"9" * 6000, id="a number of 6000 digits"),
        pytest.param(b"{}", id="no id, no type"),
        pytest.param(b'{"id": 1, "type": ["x"]}', id="id and type of the wrong kind"),
        pytest.param(b'{"id": "evt_\\u0000", "type": "x"}', id="NUL in the id"),
        pytest.param(b'{"id": "evt_\\ud800", "type": "x"}', id="lone surrogate in the id"),
    ],
)
async def test_invalid_body_is_refused_as_malformed(gateway: StripeGateway, body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        await gateway.parse_webhook(delivery(body))


async def test_thin_v2_event_is_ignored(gateway: StripeGateway) -> None:
    thin = {"id": "evt_9", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "livemode": False}
    assert (await gateway.parse_webhook(delivery(thin))).kind is PaymentEventKind.IGNORED


@pytest.mark.parametrize("position", [0, 10, len(BODY) // 2, len(BODY) - 1])
async def test_changed_body_byte_is_refused(gateway: StripeGateway, position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(bytes(changed), header(BODY)))


async def test_changed_whitespace_and_key_order_are_refused(gateway: StripeGateway) -> None:
    rewritten = json.dumps(json.loads(BODY), sort_keys=True, indent=1).encode()
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(rewritten, header(BODY)))


@pytest.mark.parametrize("ahead", [timedelta(days=40), -timedelta(days=40)])
async def test_signed_webhook_is_accepted_if_its_timestamp_fits_the_rechecked_clock(ahead: timedelta) -> None:
    clock = FakeClock(NOW, truth=NOW + ahead)
    gateway = StripeGateway(settings(), clock, CAPABILITIES)
    found = await gateway.parse_webhook(delivery(BODY, header(BODY, at=NOW + ahead)))
    await gateway.aclose()
    assert found.kind is PaymentEventKind.PAYMENT_COMPLETED
    assert clock.asked == 1


async def test_forged_old_webhook_causes_no_time_server_request(gateway: StripeGateway, clock: FakeClock) -> None:
    with pytest.raises(InvalidSignature):
        await gateway.parse_webhook(delivery(BODY, header(BODY, "whsec_demo_gone", at=NOW - YEAR)))
    assert clock.asked == 0


@pytest.mark.parametrize(
    ("key", "livemode"),
    [("sk_live_1", False), ("rk_live_1", False), ("sk_live_1", None), ("sk_test_demo_1", True), ("sk_live_1", "true")],
)
async def test_event_whose_mode_differs_from_the_key_is_refused_as_malformed(key: str, livemode: object) -> None:
    gateway = StripeGateway(settings(STRIPE_SECRET_KEY=key), FakeClock(), CAPABILITIES)
    with pytest.raises(MalformedWebhook):
        await gateway.parse_webhook(delivery(event("checkout.session.completed", session(), livemode=livemode)))
    await gateway.aclose()


async def test_live_event_with_a_live_key_is_accepted() -> None:
    gateway = StripeGateway(settings(STRIPE_SECRET_KEY="sk_live_1"), FakeClock(), CAPABILITIES)
    found = await gateway.parse_webhook(delivery(event("invoice.paid", invoice("new"), livemode=True)))
    await gateway.aclose()
    assert found.livemode is True


async def test_errors_contain_neither_secret_nor_body(gateway: StripeGateway) -> None:
    for request in (delivery(BODY, header(BODY, "whsec_demo_gone")), delivery(b'{"email": "ana@example.com"')):
        with pytest.raises(GatewayError) as caught:
            await gateway.parse_webhook(request)
        assert SECRET not in str(caught.value)
        assert "ana@" not in str(caught.value)
        assert caught.value.provider == "stripe"
