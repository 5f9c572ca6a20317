"""Webhook events of PayPal, stored for ``GET /v1/notifications/webhooks-events`` and always delivered with the same
bytes.
"""

import json
from datetime import UTC, datetime
from typing import Final

from umbral_sandbox.payments.paypal.account import PROVIDER, Account
from umbral_sandbox.payments.paypal.records import Event, JsonObject

SUBSCRIPTION: Final = "BILLING.SUBSCRIPTION."
TYPES: Final = (
    "BILLING.PLAN.ACTIVATED",
    "BILLING.PLAN.CREATED",
    "BILLING.PLAN.DEACTIVATED",
    "BILLING.PLAN.PRICING-CHANGE.ACTIVATED",
    "BILLING.PLAN.UPDATED",
    "BILLING.SUBSCRIPTION.ACTIVATED",
    "BILLING.SUBSCRIPTION.CANCELLED",
    "BILLING.SUBSCRIPTION.CREATED",
    "BILLING.SUBSCRIPTION.EXPIRED",
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED",
    "BILLING.SUBSCRIPTION.RE-ACTIVATED",
    "BILLING.SUBSCRIPTION.SUSPENDED",
    "BILLING.SUBSCRIPTION.UPDATED",
    "CATALOG.PRODUCT.CREATED",
    "CATALOG.PRODUCT.UPDATED",
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.ORDER.COMPLETED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.RESOLVED",
    "CUSTOMER.DISPUTE.UPDATED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "PAYMENT.SALE.COMPLETED",
    "PAYMENT.SALE.DENIED",
    "PAYMENT.SALE.PENDING",
    "PAYMENT.SALE.REFUNDED",
    "PAYMENT.SALE.REVERSED",
)
#: Event types of an endpoint without a list of its own: payment events, not the seller's changes of the catalogue.
USUAL: Final = tuple(each for each in TYPES if not each.startswith(("BILLING.PLAN.", "CATALOG.")))


def emit(
    account: Account,
    event_type: str,
    resource_type: str,
    resource: JsonObject,
    summary: str,
    *,
    version: str | None = None,
    after_s: float = 0.0,
) -> Event:
    """Create an event and deliver it. An event that no webhook subscribes to is not even listed.

    after_s: delay in real seconds after other events of the same time.
    """
    stamp = account.stamp("event", account.ids.event())
    whole = _whole(account, stamp["id"], event_type, resource_type, resource, summary, version)
    body = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    event = Event(**stamp, type=event_type, resource_type=resource_type, body=body)
    endpoints = account.deliveries.endpoints_of(PROVIDER, event_type)
    if endpoints:
        account.events.put(event.id, event)
    if account.webhooks_after_s is None:
        return event
    for endpoint in endpoints:
        wait = account.webhooks_after_s + after_s
        account.sent.append(account.deliveries.enqueue(endpoint, event.id, event_type, body, wait))
    return event


def _whole(
    account: Account,
    key: str,
    event_type: str,
    resource_type: str,
    resource: JsonObject,
    summary: str,
    version: str | None,
) -> JsonObject:
    moment = datetime.fromtimestamp(account.now(), UTC)
    here = f"{account.api}/v1/notifications/webhooks-events/{key}"
    head: JsonObject = {
        "id": key,
        "event_version": "1.0",
        "create_time": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "resource_type": resource_type,
    }
    if version is not None:
        head["resource_version"] = version
    return head | {
        "event_type": event_type,
        "summary": summary,
        "resource": resource,
        "links": [
            {"href": here, "rel": "self", "method": "GET"},
            {"href": f"{here}/resend", "rel": "resend", "method": "POST"},
        ],
    }
