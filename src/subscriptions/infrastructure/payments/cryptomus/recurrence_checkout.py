"""Making a recurring payment: a page on which the customer accepts it."""

from typing import Any, Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    GatewayAuthError,
    GatewayRejected,
    GatewayUnavailable,
)
from subscriptions.infrastructure.payments.cryptomus.amounts import asked
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.cryptomus.periods import period_for
from subscriptions.infrastructure.payments.cryptomus.reader import Node
from subscriptions.infrastructure.payments.cryptomus.recurrences import ENDED, INFO
from subscriptions.infrastructure.payments.cryptomus.references import additional_data, order_id_for, recurrence_ref
from subscriptions.infrastructure.payments.cryptomus.wire import Wire

CREATE: Final = "/v1/recurrence/create"

_NAME_SHORTEST: Final = 3
_NAME_LIMIT: Final = 60
_TURNS: Final = 20


async def create_recurrence(wire: Wire, clock: Clock, request: CheckoutRequest, callback: str) -> CheckoutSession:
    """A page for the request; the same idempotency key gives the same one. It has no end of its own."""
    period = period_for(request.interval, request.interval_count) if request.interval is not None else None
    if period is None:
        told = f"every {request.interval_count} {request.interval}"
        raise GatewayRejected(PROVIDER, f"recurs weekly, monthly or every three months, not {told}", code="interval")
    for turn in range(1, _TURNS + 1):
        order_id = order_id_for(request, recurring=True, turn=turn)
        found = await _make(wire, _params(request, order_id, period, callback, clock))
        if found.text("status") not in ENDED:
            return _session(found, order_id, period, request)
    raise GatewayUnavailable(PROVIDER, f"{_TURNS} recurring payments under one key are canceled already")


async def _make(wire: Wire, params: dict[str, Any]) -> Node:
    """A name that is taken may be refused rather than answered with what has it."""
    try:
        return await wire.call(CREATE, params)
    except GatewayAuthError:
        raise
    except GatewayRejected:
        known = await wire.find(INFO, {"order_id": params["order_id"]})
        if known is None:
            raise
        return known


def _params(request: CheckoutRequest, order_id: str, period: str, callback: str, clock: Clock) -> dict[str, Any]:
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


def _session(found: Node, order_id: str, period: str, request: CheckoutRequest) -> CheckoutSession:
    uuid, url = found.text("uuid"), found.link("url")
    if uuid is None or url is None:
        raise unreadable("recurring payment with an address")
    if asked(found) != request.amount or found.text("period") != period:
        problem = f"there is a recurring payment under this key already that asks {asked(found)}, not {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")
    return CheckoutSession(
        provider=PROVIDER,
        id=recurrence_ref(order_id),
        url=url,
        expires_at=request.expires_at,
        subscription_ref=uuid,
    )
