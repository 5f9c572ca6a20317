"""Reader of the bot's list of Star transactions, which finds payments and refunds whose update was missed.

Telegram lists the transactions from the first one, a hundred per page, with the charge's id, the payer and the
invoice's payload (core.telegram.org/bots/api#getstartransactions). Transactions that were read are cached, so that
later calls only read new ones.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stars.errors import unreadable
from subscriptions.infrastructure.payments.stars.references import order_in, parts_of, subscription_ref
from subscriptions.infrastructure.payments.stars.translate import PERIOD, for_period, payment, refund_event
from subscriptions.infrastructure.payments.stars.wire import Wire

PAGE: Final = 100
OVERLAP: Final = 20
END_TOLERANCE: Final = timedelta(days=3)
"""Maximum difference between the reported end of a period and thirty days after its charge."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One transaction.

    renews: the transaction pays for a period of a subscription
    is_refund: the transaction is a refund; `charge` is then the id of the refunded payment
    """

    charge: str
    user: int
    amount: int
    payload: str
    at: datetime
    renews: bool
    is_refund: bool


class Transactions:
    """Cache of the payments and refunds that were read from the list of transactions."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._offset = 0
        self._lines: list[_Line] = []
        self._by_payload: dict[str, list[_Line]] = {}
        self._payload_of: dict[str, str] = {}
        self._by_name: dict[tuple[str, bool], _Line] = {}
        self._lock = asyncio.Lock()

    async def payments(self, ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the payments of one subscription since `start`, the oldest first. Raises GatewayError if Telegram
        refuses a request or gives no usable answer.
        """
        parts = parts_of(ref)
        if parts is None:
            return []
        await self._catch_up()
        user, first_charge = parts
        lines = self._by_payload.get(self._payload_of.get(first_charge, ""), [])
        return [_paid_period(item, first_charge) for item in lines if item.user == user and item.at >= start]

    async def list_between(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the payments and refunds of our orders from `start` up to `end`, excluding `end`. Raises GatewayError
        if Telegram refuses a request or gives no usable answer.
        """
        await self._catch_up()
        mine = [line for line in self._lines if start <= line.at < end and order_in(line.payload) is not None]
        return [_refund(line) if line.is_refund else self._fact(line) for line in mine]

    async def on_record(self, event: PaymentEvent) -> PaymentEvent | None:
        """Return the listed payment or refund of an event, with the event's own key, or None if it is not listed.

        Raises GatewayError if Telegram refuses a request or gives no usable answer.
        """
        refund = event.kind is PaymentEventKind.REFUND
        key = ((event.about_payment if refund else event.payment_key) or "", refund)
        if key not in self._by_name:
            await self._catch_up()
        line = self._by_name.get(key)
        if line is None:
            return None
        payment_event = _refund(line) if refund else self._fact(line)
        payment_event = replace(payment_event, event_key=event.event_key, raw_type=event.raw_type)
        return _with_end(payment_event, event.period_end)

    def _fact(self, line: _Line) -> PaymentEvent:
        if not line.renews:
            return _payment(line)
        first_line = self._by_payload[line.payload][0]
        return replace(
            _paid_period(line, first_line.charge), subscription_ref=subscription_ref(first_line.user, first_line.charge)
        )

    async def _catch_up(self) -> None:
        async with self._lock:
            # The last transactions are read again, because a transaction may be listed after later ones.
            self._offset = max(0, self._offset - OVERLAP)
            while True:
                answer = await self._wire.call("getStarTransactions", offset=self._offset, limit=PAGE)
                page = answer.get("transactions") if isinstance(answer, Mapping) else None
                if not isinstance(page, list):
                    raise unreadable("getStarTransactions", "list of transactions")
                for line in page:
                    self._keep(_line(line))
                self._offset += len(page)
                if len(page) < PAGE:
                    return

    def _keep(self, line: _Line | None) -> None:
        if line is None or (line.charge, line.is_refund) in self._by_name:
            return
        self._by_name[line.charge, line.is_refund] = line
        self._lines.append(line)
        if line.renews and not line.is_refund and line.charge not in self._payload_of:
            self._payload_of[line.charge] = line.payload
            self._by_payload.setdefault(line.payload, []).append(line)


def _line(node: object) -> _Line | None:
    """Parse a transaction. Return None unless the transaction is a payment by invoice or a refund; other transactions
    are gifts, withdrawals and advertising.
    """
    if not isinstance(node, Mapping):
        return None
    is_refund = node.get("receiver") is not None
    partner: Any = node.get("receiver") if is_refund else node.get("source")
    if not isinstance(partner, Mapping):
        return None
    user: Any = partner.get("user")
    try:
        return _Line(
            charge=str(node["id"]),
            user=int(user["id"]),
            amount=int(node["amount"]),
            payload=str(partner["invoice_payload"]),
            at=datetime.fromtimestamp(int(node["date"]), UTC),
            renews=bool(partner.get("subscription_period")),
            is_refund=is_refund,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _paid_period(line: _Line, first_charge: str) -> PaymentEvent:
    return for_period(_payment(line), line.at + PERIOD, is_first=line.charge == first_charge)


def _with_end(event: PaymentEvent, end: datetime | None) -> PaymentEvent:
    """Set the end of the period to the second, as the update reported it, unless it differs too much from the end in
    the list of transactions.
    """
    known_at = event.period_end
    if known_at is None or end is None or abs(end - known_at) > END_TOLERANCE:
        return event
    return replace(event, period_start=end - PERIOD, period_end=end)


def _payment(line: _Line) -> PaymentEvent:
    return payment(
        user=line.user,
        charge=line.charge,
        amount=line.amount,
        payload=line.payload,
        paid_at=line.at,
        key=f"poll:{line.charge}",
        raw_type="transaction",
    )


def _refund(line: _Line) -> PaymentEvent:
    return refund_event(
        user=line.user,
        charge=line.charge,
        amount=line.amount,
        payload=line.payload,
        at=line.at,
        key=f"poll:refund:{line.charge}",
        raw_type="transaction",
    )
