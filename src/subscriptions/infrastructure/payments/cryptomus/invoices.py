"""Invoices: made once per order id, and asked about."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    GatewayRejected,
    GatewayUnavailable,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.cryptomus.amounts import asked
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.cryptomus.facts import (
    PAID,
    RETURNED,
    RETURNING,
    SEEN,
    TOO_LITTLE,
    UNPAID,
    ignored,
    outcome,
    status_of,
    what_arrived,
)
from subscriptions.infrastructure.payments.cryptomus.reader import Node
from subscriptions.infrastructure.payments.cryptomus.references import additional_data, order_id_for, references
from subscriptions.infrastructure.payments.cryptomus.wire import Wire

CREATE: Final = "/v1/payment"
INFO: Final = "/v1/payment/info"

_SHORTEST: Final = 300
_LONGEST: Final = 43200
_TURNS: Final = 20
"""How many invoices one key may have used up before something is wrong."""

_DEAD: Final = UNPAID | {TOO_LITTLE}


async def create_invoice(wire: Wire, clock: Clock, request: CheckoutRequest, callback: str) -> CheckoutSession:
    """An invoice that can be paid; the same idempotency key gives the same one.

    The provider answers with the invoice it has under an order id, be it dead: the next one then has a name of its own.
    """
    for turn in range(1, _TURNS + 1):
        order_id = order_id_for(request, recurring=False, turn=turn)
        invoice = await wire.call(CREATE, _params(request, order_id, callback, clock.now()))
        if not _is_dead(invoice, clock.now()):
            return _session(invoice, request)
    raise GatewayUnavailable(PROVIDER, f"{_TURNS} invoices under one key are dead already")


async def fetch_invoice(wire: Wire, clock: Clock, uuid: str) -> CheckoutState | None:
    """An invoice's state, with the fact its webhook would bring."""
    invoice = await find_invoice(wire, uuid)
    if invoice is None:
        return None
    status = status_of(invoice)
    event = present(_asked_event(invoice, uuid, clock.now()), invoice, uuid)
    paid = event.kind is PaymentEventKind.PAYMENT_COMPLETED
    told = paid or (event.kind is PaymentEventKind.PAYMENT_FAILED and event.payment_key is not None)
    over = status in _DEAD or status in RETURNING
    return CheckoutState(paid=paid, expired=over and not paid, event=event if told else None, pending=status in SEEN)


async def confirm(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """The event as the provider has it by now, whatever was delivered."""
    if event.checkout_ref is None:
        return ignored(event, "names no invoice")
    invoice = await find_invoice(wire, event.checkout_ref)
    if invoice is None:
        return ignored(event, "the provider knows no such invoice")
    whose = references(invoice)
    if whose is None or whose.order_id != event.order_id:
        return ignored(event, "the provider has this invoice for another order")
    telegram_id = whose.telegram_id or event.telegram_id
    return present(replace(event, telegram_id=telegram_id), invoice, event.checkout_ref)


async def find_invoice(wire: Wire, uuid: str) -> Node | None:
    """An invoice as it is by now; None where there is none."""
    invoice = await wire.find(INFO, {"uuid": uuid})
    if invoice is not None and invoice.text("uuid") != uuid:
        raise unreadable("invoice that was asked about")
    return invoice


def present(event: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """What an event comes to by what the provider says now. key: names the invoice's money.

    Money that is on its way back did come: the refund is a fact of its own.
    """
    refund, status = event.kind is PaymentEventKind.REFUND, status_of(invoice)
    base = replace(
        event,
        occurred_at=invoice.moment("updated_at") or event.occurred_at,
        reason=None,
        final=False,
        amount=None,
        regular=None,
        about_payment=None,
        amount_refunded=None,
    )
    try:
        if status in RETURNING and not refund:
            return what_arrived(base, invoice, key)
        if refund and status != RETURNED:
            return ignored(base, f"no refund but {status}")
        return outcome(base, invoice, key)
    except MalformedWebhook:
        raise unreadable("invoice with an amount") from None


def _asked_event(invoice: Node, uuid: str, now: datetime) -> PaymentEvent:
    whose = references(invoice)
    status = status_of(invoice)
    return PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"fetched:{uuid}:{status}",
        raw_type=f"payment:{status}",
        occurred_at=invoice.moment("updated_at") or now,
        checkout_ref=uuid,
        order_id=whose.order_id if whose else None,
        telegram_id=whose.telegram_id if whose else None,
    )


def _params(request: CheckoutRequest, order_id: str, callback: str, now: datetime) -> dict[str, Any]:
    """What is asked for: paid at once, in full, and not a cent less."""
    wanted = round((request.expires_at - now) / timedelta(seconds=1))
    return {
        "amount": request.amount.decimal,
        "currency": request.amount.currency,
        "order_id": order_id,
        "url_return": request.cancel_url,
        "url_success": request.success_url,
        "url_callback": callback,
        "is_payment_multiple": False,
        "lifetime": min(max(wanted, _SHORTEST), _LONGEST),
        "accuracy_payment_percent": 0,
        "additional_data": additional_data(request, now),
    }


def _is_dead(invoice: Node, now: datetime) -> bool:
    """Whether nobody can pay it any more. One that is paid leads to what was paid, and is no reason for another."""
    status = status_of(invoice)
    if status in PAID or status in SEEN or status in RETURNING:
        return False
    end = invoice.moment("expired_at")
    return status in _DEAD or (end is not None and end <= now)


def _session(invoice: Node, request: CheckoutRequest) -> CheckoutSession:
    uuid, url = invoice.text("uuid"), invoice.link("url")
    if uuid is None or url is None:
        raise unreadable("invoice with an address")
    if asked(invoice) != request.amount:
        problem = f"there is an invoice under this key already that asks {asked(invoice)}, not {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")
    return CheckoutSession(
        provider=PROVIDER, id=uuid, url=url, expires_at=invoice.moment("expired_at") or request.expires_at
    )
