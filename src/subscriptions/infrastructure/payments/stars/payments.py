"""The bot's own list of transactions in Stars, for payments that nobody told us of.

Telegram lists them from the first one on, a hundred at a time, with the charge's id, the payer and the invoice's
payload (core.telegram.org/bots/api#getstartransactions). What was read is kept: asking again reads only what is new.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEvent
from subscriptions.infrastructure.payments.stars.errors import PROVIDER
from subscriptions.infrastructure.payments.stars.references import parts_of, subscription_ref
from subscriptions.infrastructure.payments.stars.translate import PERIOD, for_period, payment
from subscriptions.infrastructure.payments.stars.wire import Wire

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class _Paid:
    charge: str
    user: int
    amount: int
    payload: str
    at: datetime


class Transactions:
    """What was paid for subscriptions, by the invoice's payload, as far as it was read."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._read = 0
        self._by_payload: dict[str, list[_Paid]] = {}
        self._payload_of: dict[str, str] = {}
        self._reading = asyncio.Lock()

    async def payments(self, ref: str, since: datetime) -> Sequence[PaymentEvent]:
        """The payments of one subscription from `since` on, the oldest first. Raises gateway errors."""
        named = parts_of(ref)
        if named is None:
            return []
        await self._catch_up()
        user, first = named
        paid = self._by_payload.get(self._payload_of.get(first, ""), [])
        return [_event(item, first) for item in paid if item.user == user and item.at >= since]

    async def beginning(self, payload: str) -> str | None:
        """What the subscription is called whose payments carry this payload. Raises gateway errors."""
        await self._catch_up()
        paid = self._by_payload.get(payload)
        return subscription_ref(paid[0].user, paid[0].charge) if paid else None

    async def _catch_up(self) -> None:
        async with self._reading:
            while True:
                answer = await self._wire.call("getStarTransactions", offset=self._read, limit=PAGE)
                page = answer.get("transactions") if isinstance(answer, Mapping) else None
                if not isinstance(page, list):
                    raise GatewayUnavailable(PROVIDER, "getStarTransactions: no list of transactions")
                for found in page:
                    self._keep(_paid(found))
                self._read += len(page)
                if len(page) < PAGE:
                    return

    def _keep(self, paid: _Paid | None) -> None:
        if paid is not None and paid.charge not in self._payload_of:
            self._payload_of[paid.charge] = paid.payload
            self._by_payload.setdefault(paid.payload, []).append(paid)


def _paid(found: object) -> _Paid | None:
    """None for what is no payment of a subscription: refunds, gifts, withdrawals, single purchases."""
    if not isinstance(found, Mapping) or found.get("receiver") is not None:
        return None
    source: Any = found.get("source")
    if not isinstance(source, Mapping) or not source.get("subscription_period"):
        return None
    user: Any = source.get("user")
    try:
        return _Paid(
            charge=str(found["id"]),
            user=int(user["id"]),
            amount=int(found["amount"]),
            payload=str(source["invoice_payload"]),
            at=datetime.fromtimestamp(int(found["date"]), UTC),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _event(paid: _Paid, first: str) -> PaymentEvent:
    event = payment(
        user=paid.user,
        charge=paid.charge,
        amount=paid.amount,
        payload=paid.payload,
        paid_at=paid.at,
        key=f"poll:{paid.charge}",
        raw_type="transaction",
    )
    return for_period(event, paid.at + PERIOD, first=paid.charge == first)
