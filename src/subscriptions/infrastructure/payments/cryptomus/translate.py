"""Translation of a verified webhook or a listed invoice to a provider-neutral event."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import structlog

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER
from subscriptions.infrastructure.payments.cryptomus.events import ignore, outcome, status_of
from subscriptions.infrastructure.payments.cryptomus.periods import OWN_ZONE
from subscriptions.infrastructure.payments.cryptomus.references import (
    References,
    charge_key,
    is_recurrence,
    recurrence_ref,
    references,
)
from subscriptions.infrastructure.payments.cryptomus.wire import Wire
from subscriptions.infrastructure.providers.pages import Onward
from subscriptions.infrastructure.providers.reader import Node

log = structlog.get_logger(__name__)

INVOICE: Final = "payment"
"""Type of the webhooks that are processed. The other types are `wallet` and `payout`."""

LIST: Final = "/v1/payment/list"
RECENT: Final = timedelta(days=1)
"""Maximum age of the invoices that every listing includes."""
REACHES: Final = timedelta(days=35)
"""Maximum age of the invoices that one listing per day includes.

The list is sorted by creation, so the refund of an older invoice, which only the merchant can make, requires this
longer span.
"""
_MONEY: Final = frozenset([PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.REFUND])

_NAMES: Final = ("type", "uuid", "status", "txid", "payment_amount", "is_final")


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """Translate a webhook. A webhook contains no time; the time is taken from the provider's API later.

    Raises MalformedWebhook if type, uuid or status is missing, or if a webhook about our order lacks a required field.
    """
    kind, uuid, status = body.text("type"), body.text("uuid"), body.text("status")
    if kind is None or uuid is None or status is None:
        raise MalformedWebhook(PROVIDER, "the delivery has no type, uuid or status")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=event_key(body),
        raw_type=f"{kind[:60]}:{status[:60]}",
        occurred_at=received_at,
        checkout_ref=uuid,
    )
    if kind != INVOICE:
        return ignore(base, "not a type that concerns us")
    whose = references(body)
    if whose is None:
        return ignore(base, "bears no reference of ours")
    base = replace(base, order_id=whose.order_id, telegram_id=whose.telegram_id)
    order_id = body.text("order_id")
    if order_id is None or not is_recurrence(order_id):
        return outcome(base, body, uuid)
    return _charge(replace(base, checkout_ref=recurrence_ref(order_id, uuid)), body, order_id, whose)


def event_key(body: Node) -> str:
    """Return a key derived from the webhook's content, because a webhook has no id. A repeated webhook has the same
    key.
    """
    values = [body.at(name).value for name in _NAMES]
    plain = [str(value) if isinstance(value, str) else value if isinstance(value, bool) else None for value in values]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _charge(base: PaymentEvent, body: Node, order_id: str, whose: References) -> PaymentEvent:
    """Return the event of a recurring charge. Until the charge is fetched, its number is estimated from the time of
    receipt.
    """
    key = charge_key(order_id, whose, base.occurred_at)
    event = outcome(base, body, key)
    return replace(event, final=event.final and event.kind is not PaymentEventKind.PAYMENT_FAILED)


async def list_events(wire: Wire, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
    """Return the events of invoices that were paid or refunded in a time span, the oldest first.

    Each call searches the recent invoices, and once a day all invoices of the last weeks
    (https://doc.cryptomus.com/merchant-api/payments/payment-history).
    """
    same_day = start.astimezone(OWN_ZONE).date() == end.astimezone(OWN_ZONE).date()
    oldest = start - (RECENT if same_day else REACHES)
    payment_events = [
        event async for invoice in _invoices(wire, oldest, end) if (event := _list_entry(invoice)) is not None
    ]
    mine = [event for event in payment_events if start <= event.occurred_at < end]
    return sorted(mine, key=lambda event: event.occurred_at, reverse=True)[::-1]


async def _invoices(wire: Wire, start: datetime, end: datetime) -> AsyncIterator[Node]:
    """Yield the invoices created in the time span, the newest first."""
    span = {"date_from": _format(start), "date_to": _format(end)}
    path: str | None = LIST
    onward = Onward(PROVIDER)
    while path is not None:
        page = await wire.call(path, span)
        for invoice in page.items("items"):
            yield invoice
        cursor = onward(page.text("paginate", "nextCursor"))
        path = f"{LIST}?cursor={quote(cursor)}" if cursor is not None else None


def _list_entry(invoice: Node) -> PaymentEvent | None:
    changed_at = invoice.moment("updated_at", zone=OWN_ZONE) or invoice.moment("created_at", zone=OWN_ZONE)
    if changed_at is None or not invoice.is_object:
        return None
    body = Node({**invoice.value, "type": INVOICE, "status": status_of(invoice)})
    try:
        event = translate(body, changed_at)
    except MalformedWebhook as error:
        log.warning("listed invoice not understood", provider=PROVIDER, reason=str(error))
        return None
    return event if event.kind in _MONEY else None


def _format(moment: datetime) -> str:
    return moment.astimezone(OWN_ZONE).strftime("%Y-%m-%d %H:%M:%S")
