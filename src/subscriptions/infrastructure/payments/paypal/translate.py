"""Translation of webhooks and listed events to provider-neutral events, by PayPal's event type.

The objects that a webhook names are fetched from PayPal, because the webhook's own claims are not trusted.
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog

from subscriptions.domain.ports.payment_facts import ASKED_FOR, TAKEN_BACK
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    WebhookEndpoint,
)
from subscriptions.infrastructure.payments.paypal import checkout, disputes, payments, refunds, subscriptions
from subscriptions.infrastructure.payments.paypal.activity import list_activity
from subscriptions.infrastructure.payments.paypal.checkout import complete_approval, lapse_on_record
from subscriptions.infrastructure.payments.paypal.disputes import dispute_on_record
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.paypal.events import NOT_ON_RECORD, ignore, incomplete, strip_claims
from subscriptions.infrastructure.payments.paypal.payments import complete_charge, money_on_record
from subscriptions.infrastructure.payments.paypal.periods import format_time
from subscriptions.infrastructure.payments.paypal.references import link
from subscriptions.infrastructure.payments.paypal.refunds import refund_on_record, unless_disputed
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.pages import Onward
from subscriptions.infrastructure.providers.reader import Node

log = structlog.get_logger(__name__)

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "BILLING.SUBSCRIPTION.CREATED": subscriptions.subscription_created,
    "BILLING.SUBSCRIPTION.ACTIVATED": subscriptions.subscription_activated,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": subscriptions.subscription_reactivated,
    "BILLING.SUBSCRIPTION.UPDATED": subscriptions.subscription_updated,
    "BILLING.SUBSCRIPTION.SUSPENDED": subscriptions.subscription_suspended,
    "BILLING.SUBSCRIPTION.CANCELLED": subscriptions.subscription_ended,
    "BILLING.SUBSCRIPTION.EXPIRED": subscriptions.subscription_ended,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": subscriptions.payment_failed,
    "PAYMENT.SALE.COMPLETED": payments.sale_completed,
    "PAYMENT.SALE.PENDING": payments.payment_pending,
    "PAYMENT.SALE.DENIED": payments.sale_denied,
    "PAYMENT.SALE.REFUNDED": refunds.payment_refunded,
    "PAYMENT.SALE.REVERSED": refunds.reversed_by_bank,
    "PAYMENT.CAPTURE.COMPLETED": payments.capture_completed,
    "PAYMENT.CAPTURE.PENDING": payments.payment_pending,
    "PAYMENT.CAPTURE.DENIED": payments.capture_denied,
    "PAYMENT.CAPTURE.DECLINED": payments.capture_declined,
    "PAYMENT.CAPTURE.REFUNDED": refunds.payment_refunded,
    "PAYMENT.CAPTURE.REVERSED": refunds.reversed_by_bank,
    "PAYMENT.REFUND.FAILED": refunds.payment_refunded,
    "CHECKOUT.ORDER.APPROVED": checkout.order_approved,
    "CHECKOUT.ORDER.COMPLETED": checkout.order_completed,
    "CHECKOUT.ORDER.VOIDED": checkout.order_lapsed,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": checkout.order_lapsed,
    "CUSTOMER.DISPUTE.CREATED": disputes.dispute_opened,
    "CUSTOMER.DISPUTE.UPDATED": disputes.dispute_updated,
    "CUSTOMER.DISPUTE.RESOLVED": disputes.dispute_resolved,
}
"""Event types to which the webhook is subscribed, with the function that translates each. All other types
are ignored.
"""

_DISPENSABLE: Final = frozenset(
    [
        "CHECKOUT.ORDER.VOIDED",
        "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
        "PAYMENT.CAPTURE.DECLINED",
        "PAYMENT.REFUND.FAILED",
    ]
)
"""Event types that are not available to every app. Fetching the checkout or the refund gives the same information."""

_LIST: Final = "/v1/notifications/webhooks-events"
_WEBHOOKS: Final = "/v1/notifications/webhooks"
_PAGE: Final = "100"

CATCHES_UP: Final = timedelta(hours=1)
"""Time after an event during which PayPal's records may still lack the event."""
RETRY_AFTER: Final = timedelta(minutes=2)

_DISPUTES: Final = frozenset([PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED])


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """Translate an event. Raises MalformedWebhook if the id or type is missing, or if an event about our order lacks a
    required field.

    The event does not show whether it is from PayPal's sandbox; only the certificate proves the mode.
    """
    key, kind = body.text("id"), body.text("event_type")
    if key is None or kind is None:
        raise MalformedWebhook(PROVIDER, "the event has no id or no type")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=key,
        raw_type=kind,
        occurred_at=body.moment("create_time") or received_at,
    )
    translator = EVENTS.get(kind)
    if translator is None:
        return ignore(base, "not a type that concerns us")
    resource = body.at("resource")
    return translator(base, resource) if resource.is_object else incomplete(base, "resource")


async def list_events(wire: Wire, now: datetime, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
    """Return the events that PayPal sent to webhooks, whether they arrived or not, and events for the account's own
    activity.

    See https://docs.paypal.ai/reference/api/rest/webhooks-events/list-event-notifications. The activity covers the time
    before a webhook was registered.
    """
    payment_events = [event async for body in _bodies(wire, start, end) if (event := _list_entry(body)) is not None]
    payment_keys = {(event.kind, event.payment_key) for event in payment_events}
    activity = await list_activity(wire, now, start, end)
    payment_events += [event for event in activity if (event.kind, event.payment_key) not in payment_keys]
    mine = {event.event_key: event for event in payment_events if start <= event.occurred_at < end}
    return sorted(mine.values(), key=lambda event: event.occurred_at, reverse=True)[::-1]


async def webhook_endpoints(wire: Wire, ours: Collection[str]) -> Sequence[WebhookEndpoint]:
    """Return the webhooks of the app. PayPal reports neither a state nor an age for them
    (https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_list).

    `ours`: ids of the webhooks whose signatures we verify. A webhook with another id counts as disabled, whatever its
    URL.
    """
    nodes = (await wire.get(_WEBHOOKS)).items("webhooks")
    return [_endpoint(each, is_enabled=each.text("id") in ours) for each in nodes]


async def register_webhook(wire: Wire, address: str) -> str:
    """Register a webhook and return its id (https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_post)."""
    event_types = [{"name": name} for name in sorted(EVENTS.keys() - _DISPENSABLE)]
    text = (await wire.post(_WEBHOOKS, {"url": address, "event_types": event_types})).text("id")
    if text is None:
        raise unreadable("webhook")
    return text


def _endpoint(body: Node, *, is_enabled: bool) -> WebhookEndpoint:
    event_names = {each.text("name") for each in body.items("event_types")}
    events_missing = () if "*" in event_names else tuple(sorted(EVENTS.keys() - _DISPENSABLE - event_names))
    return WebhookEndpoint(url=body.link("url") or "-", enabled=is_enabled, missing=events_missing)


async def _bodies(wire: Wire, start: datetime, end: datetime) -> AsyncIterator[Node]:
    """Yield the events, the newest first. Only the query of the next page's URL is used."""
    query = {"start_time": format_time(start), "end_time": format_time(end), "page_size": _PAGE}
    onward = Onward(PROVIDER)
    while query:
        page = await wire.get(_LIST, query)
        bodies = list(page.items("events"))
        for body in bodies:
            yield body
        query = dict(parse_qsl(urlsplit(onward(link(page, "next")) or "").query)) if bodies else {}


def _list_entry(body: Node) -> PaymentEvent | None:
    created_at = body.moment("create_time")
    try:
        event = translate(body, created_at) if created_at is not None else None
    except MalformedWebhook as error:
        log.warning("listed event not understood", provider=PROVIDER, reason=str(error))
        return None
    return event if event is not None and event.kind is not PaymentEventKind.IGNORED else None


async def complete_event(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """Return the event with PayPal's current record of its object.

    Only the ids of a webhook are trusted, because its signature covers a CRC-32 of the body, which is easy to forge.
    The reconciliation fetches subscriptions separately.

    base: event with the current timestamp

    Raises GatewayRejected if PayPal has no such record, and GatewayUnavailable while the record may still appear.
    """
    if event.raw_type in EVENTS or not event.event_key.startswith(ASKED_FOR):
        event = await _record(wire, event, base.occurred_at)
    if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
        return await _payment(wire, base, event)
    if event.kind is PaymentEventKind.REFUND:
        return await unless_disputed(wire, event) if event.reason == TAKEN_BACK else event
    return event


async def _record(wire: Wire, event: PaymentEvent, now: datetime) -> PaymentEvent:
    try:
        return await _on_record(wire, event, now)
    except GatewayRejected as refusal:
        if refusal.code != NOT_ON_RECORD or now - event.occurred_at > CATCHES_UP:
            raise
        raise GatewayUnavailable(PROVIDER, str(refusal), code=NOT_ON_RECORD, delay=RETRY_AFTER) from None


async def _on_record(wire: Wire, event: PaymentEvent, now: datetime) -> PaymentEvent:
    """Return the event as PayPal has it on record. The order is taken from PayPal's answer, the checkout or the
    subscription.

    The event's time is never later than the time of the fetch.
    """
    event = replace(event, occurred_at=min(event.occurred_at, now))
    payment_event = strip_claims(event)
    if event.kind is PaymentEventKind.REFUND:
        return await refund_on_record(wire, payment_event, event)
    if event.kind in _DISPUTES:
        return await dispute_on_record(wire, payment_event, event)
    if event.kind is PaymentEventKind.CHECKOUT_EXPIRED:
        return await lapse_on_record(wire, event)
    if event.payment_key is not None:
        return await money_on_record(wire, payment_event, event)
    return replace(event, order_id=None, telegram_id=None, customer_ref=None)


async def _payment(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    if event.payment_key is None:
        return await complete_approval(wire, event)
    if event.subscription_ref is None or (event.order_id is not None and event.period_end is not None):
        return event
    return await complete_charge(wire, base, event)
