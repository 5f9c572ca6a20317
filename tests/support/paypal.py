"""PayPal in tests: settings, and hand-written resources of both API versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WEBHOOK = "4JH86294D6297924G"
OTHER_WEBHOOK = "1JE4291016473214C"
ORDER = "9b2f0e3a-5d7c-4b1e-8a66-1c2d3e4f5a6b"
PERSON = 7001
CUSTOM = f"{ORDER}:{PERSON}"

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

    def advance(self, by: timedelta) -> None:
        """Advance the clock."""
        self._now = self._truth = self._now + by


def environ(**changes: str) -> dict[str, str]:
    """Return valid settings with the given changes. No server listens at the API's address."""
    return {
        "PAYPAL_CLIENT_ID": "demo-client",
        "PAYPAL_CLIENT_SECRET": "demo-secret",
        "PAYPAL_WEBHOOK_ID": f"{WEBHOOK},{OTHER_WEBHOOK}",
        "PAYPAL_MODE": "sandbox",
        "PAYPAL_API_BASE": "http://127.0.0.1:9",
        **changes,
    }


def settings(**changes: str) -> PayPalSettings:
    """Return the settings object made from `environ`."""
    made = PayPalSettings.from_environ(environ(**changes))
    assert made is not None
    return made


def event(kind: str, resource: Any, **changes: Any) -> Json:
    """Return a webhook event about a resource."""
    return {
        "id": "WH-2HB96170UN4612531-6PJ1555491044161R",
        "event_version": "1.0",
        "create_time": "2026-11-20T08:59:55.120Z",
        "resource_type": "sale",
        "event_type": kind,
        "summary": "",
        "resource": resource,
        "links": [],
        **changes,
    }


def subscription(**changes: Any) -> Json:
    """Return an active monthly subscription with one payment, in PayPal's format."""
    return {
        "id": "I-BW452GLLEP1G",
        "status": "ACTIVE",
        "status_update_time": "2026-11-20T08:59:50Z",
        "plan_id": "P-5ML4271244454362WXNWU5NQ",
        "start_time": "2026-11-20T08:58:00Z",
        "create_time": "2026-11-20T08:58:01Z",
        "custom_id": CUSTOM,
        "subscriber": {"payer_id": "2J6QB8YJQSJRJ", "email_address": "ana@example.com"},
        "billing_info": {
            "outstanding_balance": {"currency_code": "EUR", "value": "0.0"},
            "cycle_executions": [{"tenure_type": "REGULAR", "sequence": 1, "cycles_completed": 1, "total_cycles": 0}],
            "last_payment": {"amount": {"currency_code": "EUR", "value": "29.99"}, "time": "2026-11-20T08:59:52Z"},
            "next_billing_time": "2026-12-20T10:00:00Z",
            "failed_payments_count": 0,
        },
        "plan": plan(),
        **changes,
    }


def plan(**changes: Any) -> Json:
    """Return a billing plan of 29.99 EUR per month."""
    cycle = {
        "frequency": {"interval_unit": "MONTH", "interval_count": 1},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": {"currency_code": "EUR", "value": "29.99"}},
    }
    return {"id": "P-5ML4271244454362WXNWU5NQ", "status": "ACTIVE", "billing_cycles": [cycle], **changes}


def agreement(**changes: Any) -> Json:
    """Return the subscription that `subscription` describes, in the format of API version 1."""
    return {
        "id": "I-BW452GLLEP1G",
        "state": "Active",
        "agreement_details": {
            "outstanding_balance": {"value": "0.00"},
            "next_billing_date": "2026-12-20T10:00:00Z",
            "failed_payment_count": "0",
        },
        "start_date": "2026-11-20T08:00:00Z",
        **changes,
    }


def sale(**changes: Any) -> Json:
    """Return the charge of a subscription in the format of API version 1."""
    return {
        "id": "7D51924877811803R",
        "amount": {"total": "29.99", "currency": "EUR", "details": {"subtotal": "29.99"}},
        "billing_agreement_id": "I-BW452GLLEP1G",
        "create_time": "2026-11-20T08:59:52Z",
        "state": "completed",
        "links": [],
        **changes,
    }


def sale_refund(**changes: Any) -> Json:
    """Return the refund of a sale in the format of API version 1."""
    return {
        "id": "6YX43824R4443062K",
        "amount": {"total": "29.99", "currency": "EUR"},
        "sale_id": "7D51924877811803R",
        "state": "completed",
        "total_refunded_amount": {"value": "29.99", "currency": "EUR"},
        **changes,
    }


def links(**relations: str) -> list[Json]:
    """Return a list of links, given as relation and URL."""
    return [{"rel": rel, "href": href, "method": "GET"} for rel, href in relations.items()]


def capture(**changes: Any) -> Json:
    """Return the capture of an order in the format of API version 2."""
    return {
        "id": "02335565G34798738",
        "status": "COMPLETED",
        "amount": {"currency_code": "EUR", "value": "29.99"},
        "custom_id": CUSTOM,
        "create_time": "2026-11-20T08:59:52Z",
        "supplementary_data": {"related_ids": {"order_id": "1W5313654M9708630"}},
        "links": links(up="https://api.paypal.com/v2/checkout/orders/1W5313654M9708630"),
        **changes,
    }


def capture_refund(**changes: Any) -> Json:
    """Return the refund of a capture in the format of API version 2."""
    return {
        "id": "1JU08902781691411",
        "status": "COMPLETED",
        "amount": {"currency_code": "EUR", "value": "29.99"},
        "custom_id": CUSTOM,
        "links": links(up="https://api.paypal.com/v2/payments/captures/02335565G34798738"),
        **changes,
    }


def order(**changes: Any) -> Json:
    """Return an order that the buyer has approved."""
    unit = {"custom_id": CUSTOM, "amount": {"currency_code": "EUR", "value": "29.99"}}
    return {
        "id": "1W5313654M9708630",
        "intent": "CAPTURE",
        "status": "APPROVED",
        "purchase_units": [unit],
        "update_time": "2026-11-20T08:59:52Z",
        **changes,
    }


def dispute(**changes: Any) -> Json:
    """Return a dispute about a sale."""
    return {
        "dispute_id": "PP-D-27803",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_life_cycle_stage": "CHARGEBACK",
        "reason": "UNAUTHORISED",
        "dispute_amount": {"currency_code": "EUR", "value": "29.99"},
        "disputed_transactions": [{"seller_transaction_id": "7D51924877811803R"}],
        **changes,
    }
