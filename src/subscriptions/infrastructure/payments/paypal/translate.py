"""One event, delivered or listed, as a provider-neutral fact: the table from PayPal's event types to ours.

And what a delivery names, as PayPal has it on record: nothing is given or taken by what a delivery says.
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog

from subscriptions.domain.ports.payment_facts import ASKED_FOR
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
from subscriptions.infrastructure.payments.paypal.refunds import TAKEN_BACK, refund_on_record, unless_disputed
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
"""The types to subscribe the webhook to; every other type is ignored."""

_DISPENSABLE: Final = frozenset(
    [
        "CHECKOUT.ORDER.VOIDED",
        "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
        "PAYMENT.CAPTURE.DECLINED",
        "PAYMENT.REFUND.FAILED",
    ]
)
"""Not offered to every app; what they tell is learnt by asking about the checkout or the refund as well."""

_LIST: Final = "/v1/notifications/webhooks-events"
_WEBHOOKS: Final = "/v1/notifications/webhooks"
_PAGE: Final = "100"

CATCHES_UP: Final = timedelta(hours=1)
"""For how long after it was told PayPal may not have something on record yet."""
RETRY_AFTER: Final = timedelta(minutes=2)

_DISPUTES: Final = frozenset([PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED])


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """The fact in a decoded event. Raises MalformedWebhook without id or type, or where one of ours lacks something.

    It does not say whether it is of the sandbox: only the mode's own certificates prove it.
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
    """From the list of what PayPal tells its webhooks, whether that arrived or not
    (https://docs.paypal.ai/reference/api/rest/webhooks-events/list-event-notifications), and for what no webhook was
    to be told of, from what the account itself lists.
    """
    payment_events = [event async for body in _bodies(wire, start, end) if (event := _list_entry(body)) is not None]
    payment_keys = {(event.kind, event.payment_key) for event in payment_events}
    activity = await list_activity(wire, now, start, end)
    payment_events += [event for event in activity if (event.kind, event.payment_key) not in payment_keys]
    mine = {event.event_key: event for event in payment_events if start <= event.occurred_at < end}
    return sorted(mine.values(), key=lambda event: event.occurred_at, reverse=True)[::-1]


async def webhook_endpoints(wire: Wire, ours: Collection[str]) -> Sequence[WebhookEndpoint]:
    """Those of our app; it tells neither state nor age
    (https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_list).

    ours: the ids by which deliveries are proved. One with another id is not heard, wherever it leads.
    """
    nodes = (await wire.get(_WEBHOOKS)).items("webhooks")
    return [_endpoint(each, is_enabled=each.text("id") in ours) for each in nodes]


async def register_webhook(wire: Wire, address: str) -> str:
    """A new webhook's id (https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_post)."""
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
    """The newest first. Only what the address of the next page asks for is taken from it."""
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
    """What PayPal itself has on record, by now, of what an event names. base: the present moment, as every fact has it.

    Of a delivery only the names are believed: its signature is over no more than a CRC-32 of the body, which is easily
    made to fit another one. Subscriptions are asked about by whoever follows them. Raises GatewayRejected where PayPal
    has no such thing on record, GatewayUnavailable while it may still come to be.
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
    """Whose it is follows from what PayPal answers, and from the checkout or subscription it is about. Nothing happened
    after the moment it is asked about.
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
