"""Checkouts: invoices, and pages on which customers accept a recurring payment. An order id creates only one object."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    GatewayAuthError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.cryptomus.amounts import asked_amount
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.cryptomus.events import (
    PAID_STATUSES,
    REFUND_STATUSES,
    SEEN_STATES,
    TOO_LITTLE,
    UNPAID,
    status_of,
)
from subscriptions.infrastructure.payments.cryptomus.payments import find_invoice, last_charge, present
from subscriptions.infrastructure.payments.cryptomus.periods import OWN_ZONE, period_for
from subscriptions.infrastructure.payments.cryptomus.references import (
    additional_data,
    order_id_for,
    recurrence_ref,
    references,
    split_recurrence,
)
from subscriptions.infrastructure.payments.cryptomus.subscriptions import END_STATES, INFO, find_recurrence
from subscriptions.infrastructure.payments.cryptomus.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

CREATE: Final = "/v1/payment"

_SHORTEST: Final = 300
_LONGEST: Final = 43200
_TURNS: Final = 20
"""Maximum number of invoices or recurring payments per idempotency key. A higher number would indicate an error."""

_DEAD: Final = UNPAID | {TOO_LITTLE}

CREATE_RECURRENCE: Final = "/v1/recurrence/create"

_NAME_SHORTEST: Final = 3
_NAME_LIMIT: Final = 60


async def create_invoice(wire: Wire, clock: Clock, request: CheckoutRequest, callback: str) -> CheckoutSession:
    """Create an invoice that can be paid. The same idempotency key returns the same invoice.

    For a known order id, the provider returns the existing invoice even if that invoice can no longer be paid. The next
    invoice then gets another order id.
    """
    for turn in range(1, _TURNS + 1):
        order_id = order_id_for(request, is_recurring=False, turn=turn)
        invoice = await wire.call(CREATE, _params(request, order_id, callback, clock.now()))
        if not _is_dead(invoice, clock.now()):
            return _session(invoice, request)
    raise GatewayUnavailable(PROVIDER, f"{_TURNS} invoices under one key are dead already")


async def fetch_invoice(wire: Wire, clock: Clock, uuid: str) -> CheckoutState | None:
    """Return the state of an invoice, with the event that the invoice's webhook would send, or None if the invoice does
    not exist.
    """
    invoice = await find_invoice(wire, uuid)
    if invoice is None:
        return None
    status = status_of(invoice)
    event = present(_asked_event(invoice, uuid, clock.now()), invoice, uuid)
    is_paid = event.kind is PaymentEventKind.PAYMENT_COMPLETED
    is_reported = is_paid or (event.kind is PaymentEventKind.PAYMENT_FAILED and event.payment_key is not None)
    is_final = status in _DEAD or status in REFUND_STATUSES
    return CheckoutState(
        paid=is_paid,
        expired=is_final and not is_paid,
        event=event if is_reported else None,
        pending=status in SEEN_STATES,
    )


def _asked_event(invoice: Node, uuid: str, now: datetime) -> PaymentEvent:
    whose = references(invoice)
    status = status_of(invoice)
    return PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"fetched:{uuid}:{status}",
        raw_type=f"payment:{status}",
        occurred_at=invoice.moment("updated_at", zone=OWN_ZONE) or now,
        checkout_ref=uuid,
        order_id=whose.order_id if whose else None,
        telegram_id=whose.telegram_id if whose else None,
    )


def _params(request: CheckoutRequest, order_id: str, callback: str, now: datetime) -> dict[str, Any]:
    """Return the parameters of an invoice: one payment of the full amount, without tolerance for an underpayment."""
    lifetime = round((request.expires_at - now) / timedelta(seconds=1))
    return {
        "amount": request.amount.decimal,
        "currency": request.amount.currency,
        "order_id": order_id,
        "url_return": request.cancel_url,
        "url_success": request.success_url,
        "url_callback": callback,
        "is_payment_multiple": False,
        "lifetime": min(max(lifetime, _SHORTEST), _LONGEST),
        "accuracy_payment_percent": 0,
        "additional_data": additional_data(request, now),
    }


def _is_dead(invoice: Node, now: datetime) -> bool:
    """Return True if an invoice can no longer be paid and must be replaced. A paid invoice is not replaced."""
    status = status_of(invoice)
    if status in PAID_STATUSES or status in SEEN_STATES or status in REFUND_STATUSES:
        return False
    end = invoice.moment("expired_at", zone=OWN_ZONE)
    return status in _DEAD or (end is not None and end <= now)


def _session(invoice: Node, request: CheckoutRequest) -> CheckoutSession:
    uuid, url = invoice.text("uuid"), invoice.link("url")
    if uuid is None or url is None:
        raise unreadable("invoice with an address")
    if asked_amount(invoice) != request.amount:
        problem = f"there is an invoice under this key already that asks {asked_amount(invoice)}, not {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")
    return CheckoutSession(
        provider=PROVIDER,
        id=uuid,
        url=url,
        expires_at=invoice.moment("expired_at", zone=OWN_ZONE) or request.expires_at,
    )


async def create_recurrence(wire: Wire, clock: Clock, request: CheckoutRequest, callback: str) -> CheckoutSession:
    """Create a page on which the customer accepts a recurring payment. The same idempotency key returns the same page.
    The page never expires.
    """
    period = period_for(request.interval, request.interval_count) if request.interval is not None else None
    if period is None:
        period_text = f"every {request.interval_count} {request.interval}"
        raise GatewayRejected(
            PROVIDER, f"recurs weekly, monthly or every three months, not {period_text}", code="interval"
        )
    for turn in range(1, _TURNS + 1):
        order_id = order_id_for(request, is_recurring=True, turn=turn)
        node = await _make_recurrence(wire, _recurrence_params(request, order_id, period, callback, clock))
        if node.text("status") not in END_STATES:
            return _recurrence_session(node, order_id, period, request)
    raise GatewayUnavailable(PROVIDER, f"{_TURNS} recurring payments under one key are canceled already")


async def _make_recurrence(wire: Wire, params: dict[str, Any]) -> Node:
    """Create a recurring payment. If the provider refuses the order id because it exists, return the existing recurring
    payment.
    """
    try:
        return await wire.call(CREATE_RECURRENCE, params)
    except GatewayAuthError:
        raise
    except GatewayRejected:
        node = await wire.find(INFO, {"order_id": params["order_id"]})
        if node is None:
            raise
        return node


def _recurrence_params(
    request: CheckoutRequest, order_id: str, period: str, callback: str, clock: Clock
) -> dict[str, Any]:
    name = request.description.strip()
    return {
        "amount": request.amount.decimal,
        "currency": request.amount.currency,
        "name": (name if len(name) >= _NAME_SHORTEST else f"Plan {request.plan}")[:_NAME_LIMIT],
        "period": period,
        "order_id": order_id,
        "url_callback": callback,
        "additional_data": additional_data(request, clock.now(), period),
    }


def _recurrence_session(node: Node, order_id: str, period: str, request: CheckoutRequest) -> CheckoutSession:
    uuid, url = node.text("uuid"), node.link("url")
    if uuid is None or url is None:
        raise unreadable("recurring payment with an address")
    if asked_amount(node) != request.amount or node.text("period") != period:
        problem = (
            f"there is a recurring payment under this key already that asks {asked_amount(node)}, not {request.amount}"
        )
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")
    return CheckoutSession(
        provider=PROVIDER,
        id=recurrence_ref(order_id),
        url=url,
        expires_at=request.expires_at,
        subscription_ref=uuid,
    )


async def fetch_recurrence(wire: Wire, ref: str) -> CheckoutState | None:
    """Return the state of the checkout of a recurring payment, in which the customer accepts it and makes the first
    payment; None if the recurring payment does not exist.
    """
    order_id, _ = split_recurrence(ref)
    recurrence = await find_recurrence(wire, order_id=order_id)
    if recurrence is None:
        return None
    event = last_charge(recurrence)
    if event is not None:
        event = replace(event, event_key=f"fetched:{event.payment_key}")
    return CheckoutState(paid=event is not None, expired=event is None and recurrence.status in END_STATES, event=event)
