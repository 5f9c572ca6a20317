"""Checkouts: invoice links that open Telegram's payment dialog in the chat."""

import asyncio
from collections import OrderedDict
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutSession, GatewayRejected
from subscriptions.infrastructure.payments.stars import MOST
from subscriptions.infrastructure.payments.stars.errors import PROVIDER
from subscriptions.infrastructure.payments.stars.references import payload_for
from subscriptions.infrastructure.payments.stars.translate import PERIOD, STARS
from subscriptions.infrastructure.payments.stars.wire import Wire

TITLE_LIMIT: Final = 32
DESCRIPTION_LIMIT: Final = 255
CACHE_SIZE: Final = 1000
"""Maximum number of cached links; there is one per checkout."""
PERIODS: Final = frozenset({(Interval.MONTH, 1), (Interval.DAY, 30)})


class Checkouts:
    """Creator of invoice links. Telegram has no idempotency keys, so this process caches its links and returns the same
    link for the same key.

    Another process would create another link with the same payload, but only one of them can be paid.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._sessions: OrderedDict[str, CheckoutSession] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def create(self, request: CheckoutRequest) -> CheckoutSession:
        """Return the invoice link of a checkout, created if it is not cached. Raises GatewayError if Telegram refuses
        the request or gives no usable answer.
        """
        key = request.idempotency_key
        async with self._locks.setdefault(key, asyncio.Lock()):
            session = self._sessions.get(key)
            try:
                session = session or await _create(self._wire, request)
            finally:
                self._locks.pop(key, None)
            self._sessions[key] = session
        if len(self._sessions) > CACHE_SIZE:
            self._sessions.popitem(last=False)
        return session


async def _create(wire: Wire, request: CheckoutRequest) -> CheckoutSession:
    """Create a checkout. Its id is the invoice's payload. The link itself never expires; the pre-checkout query
    enforces the deadline.
    """
    renews = request.interval is not None
    _check(request, renews=renews)
    payload = payload_for(request.order_id, request.idempotency_key)
    title = _short(request.description, TITLE_LIMIT)
    parameters: dict[str, object] = {
        "title": title,
        "description": _short(request.description, DESCRIPTION_LIMIT),
        "payload": payload,
        "provider_token": "",
        "currency": STARS,
        "prices": [{"label": title, "amount": request.amount.minor}],
    }
    if renews:
        parameters["subscription_period"] = int(PERIOD.total_seconds())
    url = await wire.call("createInvoiceLink", **parameters)
    if not isinstance(url, str) or not url.startswith("https://"):
        raise GatewayRejected(PROVIDER, "createInvoiceLink answered with no link")
    return CheckoutSession(provider=PROVIDER, id=payload, url=url, expires_at=request.expires_at)


def _check(request: CheckoutRequest, *, renews: bool) -> None:
    if request.amount.currency != STARS:
        raise GatewayRejected(PROVIDER, "it charges its own currency only", code="currency")
    if request.amount.minor < 1 or (renews and request.amount.minor > MOST):
        raise GatewayRejected(PROVIDER, "the price is less or more than it charges", code="amount")
    if request.trial_days:
        raise GatewayRejected(PROVIDER, "it has no trials", code="trial")
    if renews and (request.interval, request.interval_count) not in PERIODS:
        raise GatewayRejected(PROVIDER, "renews every 30 days and by no other period", code="period")


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
