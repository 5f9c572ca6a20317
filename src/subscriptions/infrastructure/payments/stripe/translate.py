"""Translation of webhooks and listed events to provider-neutral events, by Stripe's event type."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any, Final, cast

import stripe
import structlog
from stripe.params import EventListParams

from subscriptions.domain.ports.payment_facts import ASKED_FOR
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    WebhookEndpoint,
)
from subscriptions.infrastructure.payments.stripe import checkout, disputes, payments, refunds, subscriptions
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, PROVIDER, translate_errors, unreadable
from subscriptions.infrastructure.payments.stripe.events import ignore, incomplete
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain, plain_list
from subscriptions.infrastructure.providers.pages import Onward
from subscriptions.infrastructure.providers.reader import Node

log = structlog.get_logger(__name__)

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "checkout.session.completed": checkout.session_completed,
    "checkout.session.async_payment_succeeded": checkout.session_paid,
    "checkout.session.async_payment_failed": checkout.session_failed,
    "checkout.session.expired": checkout.session_expired,
    "invoice.paid": payments.invoice_paid,
    "invoice.payment_failed": payments.payment_failed,
    "invoice.payment_action_required": payments.action_required,
    "customer.subscription.updated": subscriptions.subscription_updated,
    "customer.subscription.paused": subscriptions.subscription_paused,
    "customer.subscription.resumed": subscriptions.subscription_updated,
    "customer.subscription.deleted": subscriptions.subscription_deleted,
    "subscription_schedule.updated": subscriptions.schedule_updated,
    "subscription_schedule.released": subscriptions.schedule_updated,
    "refund.created": refunds.refund_updated,
    "refund.updated": refunds.refund_updated,
    "refund.failed": refunds.refund_updated,
    "charge.refunded": refunds.charge_refunded,
    "charge.refund.updated": refunds.refund_updated,
    "charge.dispute.created": disputes.dispute_opened,
    "charge.dispute.funds_withdrawn": disputes.dispute_opened,
    "charge.dispute.closed": disputes.dispute_closed,
    "radar.early_fraud_warning.created": disputes.fraud_warning,
}
"""Event types to which a webhook is subscribed, with the function that translates each. All other types are ignored."""

THIN: Final = "v2.core.event"
_PAGE: Final = 100
_SUPERSEDED: Final = frozenset(["charge.refunded", "charge.refund.updated"])
"""Event types for webhooks with earlier API versions. Listing does not need them, because the list contains separate
events of refunds, and the list accepts at most 20 types.
"""

_REFUNDS: Final = frozenset(["refund.created", "refund.updated", "refund.failed"])
_REFUNDS_REPORTED_FROM: Final = "2024-10-28"
"""API version before which webhooks report the refund of a charge only by the two event types in `_SUPERSEDED`
(https://docs.stripe.com/changelog/acacia/2024-10-28/refund-webhook-update).
"""


async def list_events(wire: Wire, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
    """Return the events of the time span. Stripe's list covers the last 30 days
    (https://docs.stripe.com/api/events/list).
    """
    payment_events = [
        event async for page in _pages(wire, start, end) for event in map(_list_entry, page) if event is not None
    ]
    return payment_events[::-1]


async def webhook_endpoints(wire: Wire) -> Sequence[WebhookEndpoint]:
    """Return the webhooks of the key's account and mode (https://docs.stripe.com/api/webhook_endpoints/list)."""
    async with translate_errors():
        nodes = plain_list(await wire.client.v1.webhook_endpoints.list_async({"limit": _PAGE}), "webhook endpoints")
    return [_endpoint(each) for each in nodes]


async def register_webhook(wire: Wire, address: str) -> str:
    """Register a webhook and return its signing secret, which Stripe shows only at creation
    (https://docs.stripe.com/api/webhook_endpoints/create).
    """
    async with translate_errors():
        endpoint = await wire.client.v1.webhook_endpoints.create_async(
            {
                "url": address,
                # The library's type lists its known events; the account accepts others as well.
                "enabled_events": cast(Any, sorted(EVENTS.keys() - _SUPERSEDED)),
                "api_version": cast(Any, stripe.api_version),
            }
        )
    secret = plain(endpoint, "webhook endpoint").text("secret")
    if secret is None:
        raise unreadable("webhook endpoint")
    return secret


def _endpoint(body: Node) -> WebhookEndpoint:
    event_names, version = {each.text() for each in body.items("enabled_events")}, body.text("api_version")
    older = version is not None and version < _REFUNDS_REPORTED_FROM
    needed_events = EVENTS.keys() - (_REFUNDS if older else _SUPERSEDED)
    return WebhookEndpoint(
        url=body.link("url") or "-",
        enabled=body.text("status") == "enabled",
        missing=() if "*" in event_names else tuple(sorted(needed_events - event_names)),
        api_version=version,
        made_at=body.moment("created"),
    )


async def _pages(wire: Wire, start: datetime, end: datetime) -> AsyncIterator[list[Node]]:
    """Yield pages of events, the newest first. Events never change, so none is skipped when new events
    occur meanwhile.
    """
    parameters: EventListParams = {
        "types": [kind for kind in EVENTS if kind not in _SUPERSEDED],
        "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
        "limit": _PAGE,
    }
    onward = Onward(PROVIDER)
    while True:
        async with translate_errors():
            page = plain_list(await wire.client.v1.events.list_async(parameters), "events")
        yield page
        cursor = onward(page[-1].text("id") if len(page) == _PAGE else None)
        if cursor is None:
            return
        parameters["starting_after"] = cursor


def _list_entry(body: Node) -> PaymentEvent | None:
    created_at = body.moment("created")
    try:
        event = translate(body, created_at) if created_at is not None else None
    except MalformedWebhook as error:
        log.warning("listed event not understood", provider=PROVIDER, reason=str(error))
        return None
    return event if event is not None and event.kind is not PaymentEventKind.IGNORED else None


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """Translate an event. Raises MalformedWebhook if the id or type is missing, or if an event about our order lacks a
    required field.
    """
    key, kind = body.text("id"), body.text("type")
    if key is None or kind is None:
        raise MalformedWebhook(PROVIDER, "the event has no id or no type")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=key,
        raw_type=kind,
        occurred_at=body.moment("created") or received_at,
        livemode=body.flag("livemode"),
    )
    if body.text("object") == THIN:
        return ignore(base, "a thin event carries no object")
    translator = EVENTS.get(kind)
    if translator is None:
        return ignore(base, "not a type that concerns us")
    source = body.at("data", "object")
    if not isinstance(source.value, dict):
        return incomplete(base, "object")
    return translator(base, source)


async def on_record(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the event as Stripe has it on record. Stripe stores events for thirty days
    (https://docs.stripe.com/api/events/retrieve). An event that is ignored or built from a response is returned
    unchanged, and so is every event if the API key may not read events.

    With this check, a stolen signing secret is not enough to forge an event. Raises GatewayRejected if Stripe has no
    such event.
    """
    if event.kind is PaymentEventKind.IGNORED or event.event_key.startswith(ASKED_FOR):
        return event
    async with translate_errors():
        try:
            node = plain(await wire.client.v1.events.retrieve_async(event.event_key), "event")
        except stripe.PermissionError:
            # A restricted key may have all other permissions. The event is accepted then, because the signature covers
            # the whole body.
            return event
        except stripe.InvalidRequestError as error:
            if error.code != MISSING_CODE:
                raise
            problem = f"{event.raw_type} {event.event_key} is not on record at Stripe"
            raise GatewayRejected(PROVIDER, problem, code="not_on_record") from None
    return translate(node, event.occurred_at)
