"""Stripe in tests: settings, signed webhooks, and hand-written event bodies of both formats."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from subscriptions.domain.ports.payment_gateway import WebhookRequest
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "whsec_demo_first"
OTHER_SECRET = "whsec_demo_second"

JANUARY = 1_767_225_600  # 2026-01-01
FEBRUARY = 1_769_904_000  # 2026-02-01
ORDER = {"telegram_id": "7001", "plan": "retabet", "order_id": "ord_1"}

Json = dict[str, Any]


class FakeClock:
    """Stopped clock. `truth` is the time that the clock adopts when it is confirmed."""

    def __init__(self, now: datetime = NOW, truth: datetime | None = None) -> None:
        self._now = now
        self._truth = truth or now
        self.asked = 0

    def now(self) -> datetime:
        """Return the last known time."""
        return self._now

    async def confirm(self) -> datetime:
        """Adopt the true time and return it."""
        self.asked += 1
        self._now = self._truth
        return self._now


def environ(**changes: str) -> dict[str, str]:
    """Return valid settings with the given changes. No server listens at the API's address."""
    return {
        "STRIPE_SECRET_KEY": "sk_test_demo_1",
        "STRIPE_WEBHOOK_SECRET": f"{SECRET},{OTHER_SECRET}",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        **changes,
    }


def settings(**changes: str) -> StripeSettings:
    """Return the settings object made from `environ`."""
    made = StripeSettings.from_environ(environ(**changes))
    assert made is not None
    return made


def signature(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    """Return a `v1` signature of a body as the provider documents it."""
    return hmac.new(secret.encode(), b"%d." % int(at.timestamp()) + body, hashlib.sha256).hexdigest()


def header(body: bytes, *secrets: str, at: datetime = NOW) -> str:
    """Return a complete signature header, with one `v1` signature per secret."""
    marks = [f"v1={signature(body, secret, at)}" for secret in secrets or (SECRET,)]
    return ",".join([f"t={int(at.timestamp())}", *marks])


def delivery(body: bytes | Mapping[str, Any], signed: str | None = None, at: datetime = NOW) -> WebhookRequest:
    """Return a webhook request, signed unless a header is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(
        headers={"stripe-signature": header(raw, at=at) if signed is None else signed}, body=raw, received_at=NOW
    )


def event(kind: str, source: Any, **changes: Any) -> Json:
    """Return a webhook event about an object."""
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int((NOW - timedelta(seconds=5)).timestamp()),
        "data": {"object": source},
        "livemode": False,
        "type": kind,
        **changes,
    }


def session(**changes: Any) -> Json:
    """Return a paid checkout session of a recurring plan."""
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "amount_total": 2999,
        "client_reference_id": "ord_1",
        "currency": "eur",
        "customer": "cus_1",
        "invoice": "in_1",
        "metadata": ORDER,
        "mode": "subscription",
        "payment_intent": None,
        "payment_status": "paid",
        "status": "complete",
        "subscription": "sub_1",
        **changes,
    }


def line(shape: str, start: int = JANUARY, end: int = FEBRUARY, proration: bool = False) -> Json:
    """Return a line of an invoice.

    shape: as in `invoice`.
    start, end: period of the line, in seconds since 1970.
    proration: True for a line that Stripe created for a plan change.
    """
    common: Json = {"id": "il_1", "object": "line_item", "amount": 2999, "period": {"start": start, "end": end}}
    if shape == "old":
        return common | {"subscription": "sub_1", "proration": proration, "metadata": {}}
    details = {"subscription": "sub_1", "subscription_item": "si_1", "proration": proration}
    return common | {"parent": {"type": "subscription_item_details", "subscription_item_details": details}}


def invoice(shape: str, lines: list[Json] | None = None, **changes: Any) -> Json:
    """Return an invoice. shape: `old` for API versions before basil, `new` for later ones. The invoice's own period is
    the month before the paid period.
    """
    common: Json = {
        "id": "in_1",
        "object": "invoice",
        "amount_due": 2999,
        "amount_paid": 2999,
        "attempt_count": 1,
        "billing_reason": "subscription_create",
        "currency": "eur",
        "customer": "cus_1",
        "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1",
        "lines": {"object": "list", "data": [line(shape)] if lines is None else lines},
        "metadata": {},
        "next_payment_attempt": None,
        "period_start": JANUARY - 2_678_400,
        "period_end": JANUARY,
    }
    if shape == "old":
        common |= {
            "payment_intent": "pi_1",
            "subscription": "sub_1",
            "subscription_details": {"metadata": ORDER},
        }
    else:
        details = {"subscription": "sub_1", "metadata": ORDER}
        common["parent"] = {"type": "subscription_details", "subscription_details": details}
    return common | changes


def subscription(shape: str, **changes: Any) -> Json:
    """Return an active subscription. shape: as in `invoice`."""
    period = {"current_period_start": JANUARY, "current_period_end": FEBRUARY}
    item: Json = {"id": "si_1", "object": "subscription_item", "price": {"id": "price_1", "object": "price"}}
    common: Json = {
        "id": "sub_1",
        "object": "subscription",
        "cancel_at": None,
        "cancel_at_period_end": False,
        "customer": "cus_1",
        "items": {"object": "list", "data": [item if shape == "old" else item | period]},
        "metadata": ORDER,
        "status": "active",
    }
    return common | (period if shape == "old" else {}) | changes


def refund(**changes: Any) -> Json:
    """Return a full refund of a payment."""
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 2999,
        "charge": "ch_1",
        "currency": "eur",
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": "requested_by_customer",
        "status": "succeeded",
        **changes,
    }


def dispute(**changes: Any) -> Json:
    """Return a dispute about the whole payment."""
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 2999,
        "charge": "ch_1",
        "currency": "eur",
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "status": "needs_response",
        **changes,
    }
