"""A small payment provider: checkouts, subscriptions and periods by the test's clock, and the webhooks it
would send.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import ASKED_FOR, PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    ChargeDeclined,
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    DisputeAnswer,
    DisputeDeadline,
    GatewayRejected,
    InvalidSignature,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    ProviderStatus,
    SubscriptionSnapshot,
    WebhookRequest,
)
from tests.fakes.gateway import OF_A_PROVIDER, MemoryGateway

PERIOD = timedelta(days=30)
SIGNED = {"signature": "good"}


@dataclass
class Provider(MemoryGateway):
    """MemoryGateway with a full lifecycle.

    sent: all events ever created, by key; the test delivers them. canceled_at_once: subscriptions that the product
    ended immediately. lifetime: lifetime of a checkout page, if different from the request. refunds: refunded payment
    keys, by idempotency key. closed: checkouts that can no longer be paid. prices: price objects by name. declines:
    True if every charge is declined. changes: payment of each plan change, by idempotency key. forgetful: True if
    payments are not listed. says: states that `fetch_checkout` returns instead of the real ones, by session id. held:
    subscriptions on hold. deadlines: deadline for evidence, by dispute key. answers: submitted evidence, by idempotency
    key. cards: paying cards, by payment key; missing for unknown cards. charges: amount of a subscription's next charge
    if different from the price, as with a coupon, a quantity or an extra item. silent: True if the next charge is not
    reported.
    """

    capabilities: frozenset[Capability] = OF_A_PROVIDER
    sent: dict[str, PaymentEvent] = field(default_factory=dict)
    checkouts: dict[str, CheckoutRequest] = field(default_factory=dict)
    captured: dict[str, PaymentEvent] = field(default_factory=dict)
    completions: dict[str, PaymentEvent] = field(default_factory=dict)
    canceled_at_once: list[str] = field(default_factory=list)
    refunds: dict[str, str] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    prices: dict[str, Money] = field(default_factory=dict)
    declines: bool = False
    forgetful: bool = False
    says: dict[str, CheckoutState | None] = field(default_factory=dict)
    changes: dict[str, PaymentEvent | None] = field(default_factory=dict)
    lifetime: timedelta | None = None
    held: set[str] = field(default_factory=set)
    charges: dict[str, Money] = field(default_factory=dict)
    silent: bool = False
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    deadlines: dict[str, DisputeDeadline] = field(default_factory=dict)
    answers: dict[str, DisputeAnswer] = field(default_factory=dict)
    payers: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        if self.lifetime is not None:
            request = dataclasses.replace(request, expires_at=self.clock.now() + self.lifetime)
        session = await super().create_checkout_session(request)
        self.checkouts.setdefault(session.id, request)
        return session

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if request.headers.get("signature") != SIGNED["signature"]:
            raise InvalidSignature(self.name, "wrong signature")
        return self.sent[request.body.decode()]

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the checkout's state, with the period that its webhook leaves out."""
        self._raise_next_error()
        if session_ref in self.says or session_ref not in self.checkouts:
            return self.says.get(session_ref)
        event = self.captured.get(session_ref)
        return CheckoutState(paid=event is not None, expired=session_ref in self.closed, event=event)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the captured payments of a subscription since `start`, whether reported or not; none while
        `forgetful`.
        """
        self._raise_next_error()
        mine = [
            event
            for event in self.sent.values()
            if event.kind is PaymentEventKind.PAYMENT_COMPLETED
            and (event.subscription_ref, event.raw_type) == (subscription_ref, "invoice.paid")
            and event.occurred_at >= start
        ]
        polled = [dataclasses.replace(event, event_key=f"poll:{event.payment_key}") for event in mine]
        return [] if self.forgetful else polled

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """Return the dispute's last event, whether reported or not."""
        self._raise_next_error()
        poll, now = f"poll:{dispute_key}", self.clock.now()
        notified = [event for event in self.sent.values() if event.payment_key == dispute_key]
        return (
            dataclasses.replace(notified[-1], event_key=f"{poll}:{notified[-1].kind}", occurred_at=now)
            if notified
            else None
        )

    async def payer_of(self, payment_key: str) -> str | None:
        self._raise_next_error()
        return self.payers.get(payment_key)

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        self._raise_next_error()
        return self.deadlines.get(dispute_key)

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        self._raise_next_error()
        if idempotency_key in self.answers:
            return True
        deadline = self.deadlines.get(dispute_key)
        if deadline is None or not deadline.open:
            return False
        self.answers[idempotency_key] = answer
        self.deadlines[dispute_key] = dataclasses.replace(deadline, open=False)
        return True

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return all events of the time span, whether reported or not. Records the span in `spans`."""
        self._raise_next_error()
        self.spans.append((start, end))
        return [event for event in self.sent.values() if start <= event.occurred_at < end]

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return the event's entry in `completions`, or the event unchanged. Like a real provider, refuse an event
        whose key the provider did not assign.
        """
        self._raise_next_error()
        if ":" in event.event_key and not event.event_key.startswith(ASKED_FOR):
            raise GatewayRejected(self.name, f"{event.event_key} is not on record", code="not_on_record")
        return self.completions.get(event.event_key, event)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        self._raise_next_error()
        if at_period_end or ref not in self.subscriptions:
            return self._change(ref, cancel=True)
        self.canceled_at_once.append(ref)
        self.change(ref, status=ProviderStatus.ENDED)
        return True

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        return found and dataclasses.replace(found, held=ref in self.held, upcoming=self._upcoming(ref))

    def coming(self, ref: str) -> tuple[datetime, Money] | None:
        """Return time and amount of the next charge, or None without a next charge."""
        known = self.subscriptions[ref]
        end, amount = known.pause_until or known.current_period_end, self.next_amount(ref)
        if known.status in {ProviderStatus.ENDED, ProviderStatus.PAST_DUE} or self.ends_with_period(ref):
            return None
        if known.status is ProviderStatus.PAUSED and known.pause_until is None:
            return None
        return None if end is None or amount is None or ref in self.held else (end, amount)

    def ends_with_period(self, ref: str) -> bool:
        """Return True if the subscription is canceled for the end of the current period or an earlier date."""
        known = self.subscriptions[ref]
        if known.cancel_at_period_end or known.cancel_at is None:
            return known.cancel_at_period_end
        return known.current_period_end is None or known.current_period_end >= known.cancel_at

    def next_amount(self, ref: str) -> Money | None:
        """Return the amount of the next charge; None for a subscription without a price."""
        known = self.subscriptions[ref]
        price = self.prices[known.next_price_ref] if known.next_price_ref else known.price
        return self.charges.get(ref, price)

    def _upcoming(self, ref: str) -> UpcomingCharge | None:
        """Return the next charge, or None if the next charge is unknown. A failed charge is retried and is not the next
        charge.
        """
        known = self.subscriptions[ref]
        if self.silent or known.price is None or known.status is ProviderStatus.PAST_DUE:
            return None
        at, amount = self.coming(ref) or (None, None)
        return UpcomingCharge(at=at, amount=amount, learned_at=self.clock.now())

    async def pause_billing(self, ref: str) -> bool:
        self._raise_next_error()
        if ref not in self.subscriptions or self.subscriptions[ref].status is ProviderStatus.ENDED:
            return False
        self.held.add(ref)
        return True

    async def release_charges(self, ref: str) -> bool:
        self._raise_next_error()
        self.held.discard(ref)
        return ref in self.subscriptions and self.subscriptions[ref].status is not ProviderStatus.ENDED

    def pass_unbilled(self, ref: str) -> None:
        """Start the next period without a charge, because the subscription is on hold."""
        assert ref in self.held
        self._next_period(ref)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund the whole payment. Returns False for an unknown payment."""
        self._raise_next_error()
        if payment_key not in {event.payment_key for event in self.sent.values()}:
            return False
        self.refunds[idempotency_key] = payment_key
        return True

    async def expire_checkout(self, session_ref: str) -> bool:
        """Expire a checkout that is not paid."""
        self._raise_next_error()
        if session_ref not in self.checkouts or session_ref in self.captured:
            return False
        self.closed.append(session_ref)
        return True

    async def quote_change(self, request: PlanChangeRequest) -> Money | None:
        """Return the price difference for the rest of the period, to the second."""
        self._raise_next_error()
        known = self.subscriptions.get(request.subscription_ref)
        if known is None or known.status is ProviderStatus.ENDED:
            return None
        return Money(0, request.amount.currency) if request.at_renewal else self._difference(known, request)

    async def preview_renewal(self, request: PlanChangeRequest) -> Money | None:
        """Return the amount in `charges`, or the new price."""
        self._raise_next_error()
        return self.charges.get(request.subscription_ref, self.prices.get(request.price_ref))

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        """Change the plan as requested. The resulting payment is not reported yet."""
        self._raise_next_error()
        known = self.subscriptions.get(request.subscription_ref)
        if known is None or known.status is ProviderStatus.ENDED:
            return False
        if request.at_renewal:
            self.change(known.ref, next_price_ref=request.price_ref, next_price_at=known.current_period_end)
            return True
        if known.price_ref == request.price_ref or request.idempotency_key in self.changes:
            return True
        if self.declines:
            raise ChargeDeclined(self.name, "card declined")
        due = self._difference(known, request)
        self.change(known.ref, price_ref=request.price_ref, price=self.prices[request.price_ref])
        about = {"payment_key": f"in-{next(self._numbers)}", "amount": due, "reason": PLAN_CHANGE}
        paid = self._about(known.ref) | about
        kind = PaymentEventKind.PAYMENT_COMPLETED
        self.changes[request.idempotency_key] = self.create_event(kind, "invoice.paid", **paid) if due.minor else None
        return True

    async def undo_change(self, subscription_ref: str) -> bool:
        """Cancel the change scheduled for the renewal."""
        self._raise_next_error()
        if subscription_ref not in self.subscriptions:
            return False
        self.change(subscription_ref, next_price_ref=None, next_price_at=None)
        return True

    def _difference(self, known: SubscriptionSnapshot, request: PlanChangeRequest) -> Money:
        start, end, price = known.current_period_start, known.current_period_end, known.price
        assert start is not None
        assert end is not None
        assert price is not None
        left = (end - request.as_of) / (end - start)
        return Money(round((self.prices[request.price_ref].minor - price.minor) * left), price.currency)

    def pay(
        self, session: str, *, card: str = "cus-1", begun_at: datetime | None = None, **more: Any
    ) -> tuple[PaymentEvent, PaymentEvent]:
        """Pay a recurring checkout. Returns `checkout.session.completed` without a period, and `invoice.paid`.
        begun_at: start of the period, if the payer's bank confirmed the payment later.
        """
        request, now = self.checkouts[session], begun_at or self.clock.now()
        ref, invoice = f"sub-{len(self.subscriptions) + 1}", f"in-{next(self._numbers)}"
        snapshot = self.begin(ref)
        self.subscriptions[ref] = dataclasses.replace(
            snapshot,
            order_id=request.order_id,
            telegram_id=request.telegram_id,
            customer_ref=card,
            price_ref=request.price_ref,
            price=request.later or request.amount,
            current_period_start=now,
            current_period_end=now + PERIOD,
        )
        about = self._about(ref) | {"payment_key": invoice, "amount": request.amount} | more
        done = self.create_event(PaymentEventKind.PAYMENT_COMPLETED, "session.completed", checkout_ref=session, **about)
        period = {"period_start": now, "period_end": now + PERIOD}
        paid = self.create_event(PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", **(period | about))
        self.captured[session] = dataclasses.replace(done, **period)
        return done, paid

    def pay_once(self, session: str, **more: Any) -> PaymentEvent:
        """Pay a one-time checkout."""
        request = self.checkouts[session]
        about = {"order_id": request.order_id, "telegram_id": request.telegram_id, "amount": request.amount}
        key = f"pi-{next(self._numbers)}"
        return self.create_event(
            PaymentEventKind.PAYMENT_COMPLETED,
            "session.completed",
            **(about | {"payment_key": key, "checkout_ref": session} | more),
        )

    def start_trial(self, session: str, days: int) -> tuple[PaymentEvent, PaymentEvent]:
        """Complete a checkout with a trial, without a capture."""
        request, now = self.checkouts[session], self.clock.now()
        ref = f"sub-{len(self.subscriptions) + 1}"
        snapshot = self.begin(ref, days)
        self.subscriptions[ref] = dataclasses.replace(
            snapshot,
            status=ProviderStatus.TRIALING,
            raw_status="trialing",
            order_id=request.order_id,
            telegram_id=request.telegram_id,
        )
        period = {"period_start": now, "period_end": now + timedelta(days=days)}
        kind = PaymentEventKind.SUBSCRIPTION_ACTIVATED
        return (
            self.create_event(kind, "session.completed", checkout_ref=session, **self._about(ref)),
            self.create_event(kind, "invoice.paid", **(self._about(ref) | period)),
        )

    def renew(self, ref: str, price: Money, **more: Any) -> PaymentEvent:
        """Start the next period at the end of the last period, with its payment."""
        start, end = self._next_period(ref)
        self.change(ref, status=ProviderStatus.ACTIVE)
        about = {"payment_key": f"in-{next(self._numbers)}", "amount": price, "is_renewal": True}
        period = {"period_start": start, "period_end": end}
        return self.create_event(
            PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", **(self._about(ref) | about | period | more)
        )

    def fail_renewal(self, ref: str, *, final: bool = False, amount: Money | None = None) -> PaymentEvent:
        """Start the next period with a declined charge. amount: amount of the charge; None if it is not reported."""
        self._next_period(ref)
        self.change(ref, status=ProviderStatus.PAST_DUE, owed=amount)
        failed = {"final": final, "amount": amount}
        return self.create_event(PaymentEventKind.PAYMENT_FAILED, "invoice.failed", **self._about(ref) | failed)

    def fail_again(self, ref: str, amount: Money | None = None) -> PaymentEvent:
        """Decline another attempt at the same charge. amount: amount of the charge; None if it is not reported."""
        return self.create_event(
            PaymentEventKind.PAYMENT_FAILED, "invoice.failed", **self._about(ref) | {"amount": amount}
        )

    def recover(self, ref: str, amount: Money, **more: Any) -> PaymentEvent:
        """Capture the outstanding charge."""
        snapshot = self.change(ref, status=ProviderStatus.ACTIVE, owed=None)
        period = {"period_start": snapshot.current_period_start, "period_end": snapshot.current_period_end}
        about = {"payment_key": f"in-{next(self._numbers)}", "amount": amount, "is_renewal": True}
        return self.create_event(
            PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", **(self._about(ref) | about | period | more)
        )

    def end(self, ref: str) -> PaymentEvent:
        """End the subscription at the provider."""
        self.change(ref, status=ProviderStatus.ENDED)
        return self.create_event(PaymentEventKind.SUBSCRIPTION_CANCELED, "subscription.deleted", **self._about(ref))

    def updated(self, ref: str) -> PaymentEvent:
        """Report a change of the subscription."""
        return self.create_event(PaymentEventKind.SUBSCRIPTION_UPDATED, "subscription.updated", **self._about(ref))

    def change(self, ref: str, **changes: Any) -> SubscriptionSnapshot:
        """Change a subscription's state."""
        self.subscriptions[ref] = dataclasses.replace(self.subscriptions[ref], **changes)
        return self.subscriptions[ref]

    def create_event(self, kind: PaymentEventKind, raw_type: str, **facts: Any) -> PaymentEvent:
        """Return an event with the current time that has not been delivered."""
        key = f"evt-{next(self._numbers)}"
        moment = {"occurred_at": self.clock.now()}
        event = PaymentEvent(kind=kind, provider=self.name, event_key=key, raw_type=raw_type, **(moment | facts))
        self.sent[key] = event
        return event

    def _about(self, ref: str) -> dict[str, Any]:
        snapshot = self.subscriptions[ref]
        return {
            "subscription_ref": ref,
            "order_id": snapshot.order_id,
            "telegram_id": snapshot.telegram_id,
            "customer_ref": snapshot.customer_ref,
        }

    def _next_period(self, ref: str) -> tuple[datetime, datetime]:
        start = self.subscriptions[ref].current_period_end
        assert start is not None
        self.change(ref, current_period_start=start, current_period_end=start + PERIOD)
        coming = self.subscriptions[ref].next_price_ref
        if coming is not None:
            price = self.prices[coming]
            self.change(ref, price_ref=coming, price=price, next_price_ref=None, next_price_at=None)
        return start, start + PERIOD
