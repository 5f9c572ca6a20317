"""Webhook events of Stripe, stored for ``GET /v1/events`` and delivered in each endpoint's API version."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import PROVIDER, Account
from umbral_sandbox.payments.stripe.older import is_older, older_previous, older_shape
from umbral_sandbox.payments.stripe.records import Event, JsonObject

CURRENT: Final = "2026-10-28.endive"
VERSIONS: Final = ("2024-06-20", "2025-03-31.basil", CURRENT)
TYPES: Final = (
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refunded",
    "charge.succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.created",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.updated",
    "invoice.voided",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "radar.early_fraud_warning.created",
    "refund.created",
    "refund.updated",
    "subscription_schedule.canceled",
    "subscription_schedule.created",
    "subscription_schedule.released",
    "subscription_schedule.updated",
)
#: Since this version endpoints receive events of refunds; in earlier versions only those of the charge.
_REFUNDS_OF_CHARGES: Final = "2024-10-28"
#: Event types that an endpoint receives only if it names them; all others can be read from ``GET /v1/events``.
_UNUSUAL: Final = frozenset(
    {
        "charge.failed",
        "charge.succeeded",
        "customer.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.payment_succeeded",
        "invoice.updated",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
    }
)
#: Event types that a seller can subscribe to and that never occur here: no payment takes days, and no refund fails.
_UNTOLD: Final = (
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "refund.failed",
)
USUAL: Final = (*(each for each in TYPES if each not in _UNUSUAL), *_UNTOLD)


def emit(account: Account, event_type: str, shape: JsonObject, previous: JsonObject | None = None) -> Event:
    """Create an event and deliver it to every endpoint that is subscribed to its type.

    shape: the affected object in the newest wire format
    previous: old values of changed members; None if the event does not report a change
    """
    request, key = account.request
    event = Event(
        **account.stamp("evt"),
        type=event_type,
        object=shape,
        previous=previous,
        request=request,
        idempotency_key=key,
    )
    account.events.put(event.id, event)
    if account.webhooks_after_s is None:
        return event
    for endpoint in account.deliveries.endpoints_of(PROVIDER, event_type):
        if event_type.startswith("refund.") and (endpoint.api_version or CURRENT) < _REFUNDS_OF_CHARGES:
            continue
        body = json.dumps(render(account, event, endpoint.api_version or CURRENT), indent=2, ensure_ascii=False)
        account.sent.append(account.deliveries.enqueue(endpoint, event.id, event_type, body, account.webhooks_after_s))
    return event


def render(account: Account, event: Event, version: str = CURRENT) -> JsonObject:
    """Return the event in this API version."""
    older = is_older(version)
    data: JsonObject = {"object": older_shape(account, event.object) if older else event.object}
    if event.previous is not None:
        data["previous_attributes"] = older_previous(event.previous) if older else event.previous
    return {
        "id": event.id,
        "object": "event",
        "api_version": version,
        "created": event.created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": event.request, "idempotency_key": event.idempotency_key},
        "type": event.type,
    }


@contextmanager
def noticed(account: Account, event_type: str, draw: Callable[[], JsonObject]) -> Iterator[None]:
    """Emit ``event_type`` with ``previous_attributes`` if the block changes the result of ``draw``."""
    before = draw()
    yield
    after = draw()
    previous = differences(before, after)
    if previous:
        emit(account, event_type, after, previous)


def differences(before: JsonObject, after: JsonObject) -> JsonObject:
    """Return the old values of changed members; objects are compared member by member, lists as a whole."""
    changed: JsonObject = {}
    for name, old in before.items():
        new: JsonValue = after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            inner = differences(old, new)
            if inner:
                changed[name] = inner
        elif old != new:
            changed[name] = old
    return changed | {name: None for name in after if name not in before}
