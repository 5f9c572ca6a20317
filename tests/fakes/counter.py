"""Provider that charges once and manages no subscriptions. Tests pay a checkout exactly, too little or too much."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import OVERPAID, UNDERPAID
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    InvalidSignature,
    PaymentEvent,
    PaymentEventKind,
    SubscriptionSnapshot,
    WebhookRequest,
)


@dataclass
class Counter:
    """PaymentGateway without optional protocols. checkouts: checkout requests by session id. sent: all events ever
    created, by key; the test delivers them.

    errors: raised by the next checkouts, in order.
    """

    clock: Clock
    name: str = "coins"
    capabilities: frozenset[Capability] = frozenset()
    currencies: frozenset[str] | None = None
    checkouts: dict[str, CheckoutRequest] = field(default_factory=dict)
    sent: dict[str, PaymentEvent] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        if self.errors:
            raise self.errors.pop(0)
        ref = f"{self.name}-{request.idempotency_key}"
        self.checkouts.setdefault(ref, request)
        url = f"https://{self.name}.example/{ref}"
        return CheckoutSession(provider=self.name, id=ref, url=url, expires_at=request.expires_at)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        return False

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        raise InvalidSignature(self.name, "it signs nothing")

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        return None

    async def aclose(self) -> None:
        """Do nothing: no connection is open."""

    def paid(self, session: str, **more: Any) -> PaymentEvent:
        """Pay the exact amount of a checkout."""
        about = self._about(session) | {"amount": self.checkouts[session].amount}
        return self.create_event(PaymentEventKind.PAYMENT_COMPLETED, **(about | more))

    def underpaid(self, session: str, amount: Money, **more: Any) -> PaymentEvent:
        """Pay a checkout with less than its amount. The checkout accepts no further payment."""
        about = self._about(session) | {"amount": amount, "reason": UNDERPAID, "final": True}
        return self.create_event(PaymentEventKind.PAYMENT_FAILED, **(about | more))

    def overpaid(self, session: str, amount: Money, **more: Any) -> PaymentEvent:
        """Pay a checkout with more than its amount."""
        about = self._about(session) | {"amount": amount, "regular": self.checkouts[session].amount, "reason": OVERPAID}
        return self.create_event(PaymentEventKind.PAYMENT_COMPLETED, **(about | more))

    def refunded(self, payment: PaymentEvent, amount: Money | None = None) -> PaymentEvent:
        """Refund a payment, in full by default."""
        key = f"back-{next(self._numbers)}"
        return self.create_event(
            PaymentEventKind.REFUND,
            payment_key=key,
            about_payment=payment.payment_key,
            amount_refunded=amount or payment.amount,
        )

    def create_event(self, kind: PaymentEventKind, **facts: Any) -> PaymentEvent:
        """Return an event with the current time that has not been delivered."""
        key = f"{self.name}-{next(self._numbers)}"
        moment: dict[str, datetime] = {"occurred_at": self.clock.now()}
        event = PaymentEvent(kind=kind, provider=self.name, event_key=key, raw_type=str(kind), **(moment | facts))
        self.sent[key] = event
        return event

    def _about(self, session: str) -> dict[str, Any]:
        request = self.checkouts[session]
        return {
            "order_id": request.order_id,
            "telegram_id": request.telegram_id,
            "checkout_ref": session,
            "payment_key": f"paid-{self.name}-{next(self._numbers)}",
        }


@dataclass
class RefundingCounter(Counter):
    """Counter that can refund to the payer, identified by Telegram id. refunds: payment keys by idempotency key."""

    name: str = "tokens"
    capabilities: frozenset[Capability] = frozenset({Capability.REFUND})
    refunds: dict[str, str] = field(default_factory=dict)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund the whole payment. Return False if this customer made no such payment."""
        if (payment_key, telegram_id) not in {(event.payment_key, event.telegram_id) for event in self.sent.values()}:
            return False
        self.refunds[idempotency_key] = payment_key
        return True


@dataclass
class HandCounter(Counter):
    """Counter whose payments only a staff member can confirm. sealed: events of the decisions, by the body of their
    webhook.
    """

    name: str = "bank"
    capabilities: frozenset[Capability] = frozenset({Capability.MANUAL})
    sealed: dict[bytes, PaymentEvent] = field(default_factory=dict)

    def seal_decision(
        self, session_ref: str, order_id: str, amount: Money, *, is_confirmed: bool, decided_at: datetime
    ) -> WebhookRequest:
        """Return the webhook that reports a staff decision. Only this gateway accepts it."""
        word = "confirmed" if is_confirmed else "refused"
        body = f"{session_ref}:{word}".encode()
        self.sealed[body] = PaymentEvent(
            kind=PaymentEventKind.PAYMENT_COMPLETED if is_confirmed else PaymentEventKind.PAYMENT_FAILED,
            provider=self.name,
            event_key=body.decode(),
            raw_type=word,
            occurred_at=decided_at,
            payment_key=session_ref if is_confirmed else None,
            checkout_ref=session_ref,
            order_id=order_id,
            amount=amount,
            final=not is_confirmed,
        )
        return WebhookRequest(headers={"seal": "ours"}, body=body, received_at=decided_at)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if request.headers.get("seal") != "ours" or request.body not in self.sealed:
            raise InvalidSignature(self.name, "the seal is not ours")
        return self.sealed[request.body]
