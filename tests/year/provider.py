"""Simulated payment provider, which charges by the calendar, retries failed charges, stops retrying, and reverses
payments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)
from tests.year.facts import Agreement, Capture, Pause, Reversal
from tests.year.listing import ListingProvider
from tests.year.periods import period_after

Kind = PaymentEventKind


@dataclass
class YearProvider(ListingProvider):
    """Provider that charges by the calendar.

    posted: callback for every event. began, took: callbacks for every new agreement and payment. durations: lengths of
    one-time plans, for the independent calculation of paid time only, because no real provider knows them.
    """

    posted: Callable[[PaymentEvent], None] = lambda event: None
    took: Callable[[Agreement, Capture], None] = lambda agreement, capture: None
    began: Callable[[Agreement], None] = lambda agreement: None
    durations: dict[str, int] = field(default_factory=dict)
    _captures: dict[str, tuple[Agreement, Capture]] = field(default_factory=dict)

    def create_event(self, kind: PaymentEventKind, raw_type: str, **facts: object) -> PaymentEvent:
        """Create an event and post it."""
        event = super().create_event(kind, raw_type, **facts)
        self.posted(event)
        return event

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        self.disturb("create_checkout_session")
        return await super().create_checkout_session(request)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        self.disturb("fetch_checkout")
        return await super().fetch_checkout(session_ref)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self.disturb("fetch_subscription")
        return await super().fetch_subscription(ref)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        self.disturb("fetch_payments")
        return await super().fetch_payments(subscription_ref, start)

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        self.disturb("fetch_dispute")
        return await super().fetch_dispute(dispute_key)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        self.disturb("cancel_subscription")
        known = self.subscriptions.get(ref)
        if known is None or known.status is ProviderStatus.ENDED:
            return known is not None
        if at_period_end:
            self.cancel_at_period_end(ref)
        else:
            self.agreements[ref].canceled = True
            self.finish(ref)
        return True

    async def resume_subscription(self, ref: str) -> bool:
        self.disturb("resume_subscription")
        known = self.subscriptions.get(ref)
        if known is None or known.status is ProviderStatus.ENDED:
            return False
        self.agreements[ref].canceled = False
        self.change(ref, cancel_at_period_end=False, cancel_at=None)
        self.updated(ref)
        return True

    async def pause_billing(self, ref: str) -> bool:
        self.disturb("pause_billing")
        return await super().pause_billing(ref)

    async def release_charges(self, ref: str) -> bool:
        self.disturb("release_charges")
        return await super().release_charges(ref)

    def checkout_paid(self, session: str) -> Agreement | None:
        """Pay on a session's page and return the agreement, or None if the page is closed."""
        request, now = self.checkouts[session], self.clock.now()
        if session in self.closed or session in self.captured or request.expires_at <= now:
            return None
        ref = f"sub-{len(self.agreements) + 1}"
        agreement = Agreement(
            ref=ref,
            person=request.telegram_id,
            plan=request.plan,
            order=request.order_id,
            amount=request.amount,
            interval=request.interval,
            count=request.interval_count,
        )
        self.agreed(agreement)
        if request.interval is None:
            self._paid_once(agreement, session)
        elif request.trial_days:
            agreement.trial = (now, now + timedelta(days=request.trial_days))
            self._open(agreement, *agreement.trial, ProviderStatus.TRIALING)
            self._captured_session(agreement, session, Kind.SUBSCRIPTION_ACTIVATED)
        else:
            end = period_after(now, request.interval, request.interval_count)
            self._open(agreement, now, end, ProviderStatus.ACTIVE)
            agreement.periods = 1
            capture = self._capture(agreement, now, end)
            self._captured_session(agreement, session, Kind.PAYMENT_COMPLETED, capture)
        self.began(agreement)
        return agreement

    def cancel_at_period_end(self, ref: str) -> None:
        """Cancel at the end of the period."""
        self.agreements[ref].canceled = True
        self.change(ref, cancel_at_period_end=True, cancel_at=self.subscriptions[ref].current_period_end)
        self.updated(ref)

    def running(self, person: int) -> list[Agreement]:
        """Return a customer's agreements that will renew."""
        mine = [one for one in self.agreements.values() if one.person == person and one.interval is not None]
        return [one for one in mine if self.subscriptions[one.ref].status is ProviderStatus.ACTIVE and not one.canceled]

    def next_period(self, ref: str) -> datetime:
        """Start the next period, whose charge follows, and return its start."""
        agreement, known = self.agreements[ref], self.subscriptions[ref]
        start = known.current_period_end
        assert start is not None
        assert agreement.interval is not None
        anchor = agreement.trial[1] if agreement.trial else agreement.captures[0].start
        agreement.periods += 1
        end = period_after(anchor, agreement.interval, agreement.count * agreement.periods)
        self.change(ref, status=ProviderStatus.ACTIVE, current_period_start=start, current_period_end=end)
        self.updated(ref)
        return start

    def charge(self, ref: str, *, works: bool) -> None:
        """Attempt the charge of the current period once.

        works: True if the charge succeeds.
        """
        agreement, known = self.agreements[ref], self.subscriptions[ref]
        start, end = known.current_period_start, known.current_period_end
        assert start is not None
        assert end is not None
        if not works:
            agreement.unpaid_since = start
            agreement.attempts += 1
            self.change(ref, status=ProviderStatus.PAST_DUE)
            facts = {"payment_key": self._invoice(agreement), "amount": agreement.amount, "is_renewal": True}
            self.create_event(Kind.PAYMENT_FAILED, "invoice.failed", **facts, **self._about(ref))
            return
        agreement.unpaid_since, agreement.attempts = None, 0
        self.change(ref, status=ProviderStatus.ACTIVE)
        capture = self._capture(agreement, start, end)
        self._paid(agreement, capture, renewal=True)

    def finish(self, ref: str) -> None:
        """End the subscription."""
        if self.subscriptions[ref].status is not ProviderStatus.ENDED:
            agreement = self.agreements[ref]
            agreement.ended_at, event = self.clock.now(), self.end(ref)
            for pause in agreement.pauses:
                pause.end, pause.end_event = pause.end or self.clock.now(), pause.end_event or event.event_key

    def pause(self, ref: str) -> None:
        """Pause the subscription."""
        self.change(ref, status=ProviderStatus.PAUSED)
        event = self.create_event(Kind.SUBSCRIPTION_PAUSED, "subscription.paused", **self._about(ref))
        self.agreements[ref].pauses.append(Pause(self.clock.now(), event.event_key))

    def unpause(self, ref: str) -> None:
        """Resume the subscription."""
        self.change(ref, status=ProviderStatus.ACTIVE)
        pause = self.agreements[ref].pauses[-1]
        pause.end, pause.end_event = self.clock.now(), self.updated(ref).event_key

    def give_back(self, agreement: Agreement, capture: Capture, amount: Money) -> None:
        """Refund a payment, in full or in part."""
        already = sum((one.amount.minor for one in capture.refunds), 0)
        full = already + amount.minor >= capture.amount.minor
        key = f"re-{next(self._numbers)}"
        about = {"payment_key": key, "about_payment": capture.key, **self._named(agreement)}
        event = self.create_event(Kind.REFUND, "refund.created", amount_refunded=amount, amount=amount, **about)
        capture.refunds.append(Reversal(key, amount, full, self.clock.now(), event.event_key))

    def dispute(self, agreement: Agreement, capture: Capture) -> Reversal:
        """Open a dispute about a payment."""
        key = f"dp-{next(self._numbers)}"
        about = {"payment_key": key, "about_payment": capture.key, **self._named(agreement)}
        event = self.create_event(Kind.DISPUTE_OPENED, "dispute.created", amount=capture.amount, **about)
        capture.disputes.append(Reversal(key, capture.amount, full=True, at=self.clock.now(), event=event.event_key))
        return capture.disputes[-1]

    def decide_dispute(self, agreement: Agreement, capture: Capture, dispute: Reversal, *, won: bool) -> None:
        """Close a dispute by the bank's decision.

        won: True if the seller keeps the money.
        """
        about = {"payment_key": dispute.key, "about_payment": capture.key, "reason": "won" if won else "lost"}
        event = self.create_event(Kind.DISPUTE_CLOSED, "dispute.closed", **about, **self._named(agreement))
        dispute.closed_at, dispute.won, dispute.closing_event = self.clock.now(), won, event.event_key

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund a payment for the product. Idempotent."""
        self.disturb("refund_payment")
        found = self.capture_of(payment_key)
        if found is None:
            return False
        if idempotency_key not in self.refunds:
            self.refunds[idempotency_key] = payment_key
            left = found[1].amount.minor - sum(one.amount.minor for one in found[1].refunds)
            if left > 0:
                self.give_back(*found, amount or Money(left, found[1].amount.currency))
        return True

    def capture_of(self, key: str | None) -> tuple[Agreement, Capture] | None:
        """Return the agreement and payment with this key, or None."""
        return self._captures.get(key or "")

    def reversal_of(self, key: str) -> Reversal | None:
        """Return the refund or dispute with this key, or None."""
        every = (
            one for agreement in self.agreements.values() for capture in agreement.captures for one in capture.reversals
        )
        return next((one for one in every if one.key == key), None)

    def _open(self, agreement: Agreement, start: datetime, end: datetime, status: ProviderStatus) -> None:
        self.subscriptions[agreement.ref] = SubscriptionSnapshot(
            ref=agreement.ref,
            status=status,
            raw_status=str(status),
            current_period_start=start,
            current_period_end=end,
            cancel_at_period_end=False,
            customer_ref=f"cus-{agreement.person}",
            order_id=agreement.order,
            telegram_id=agreement.person,
            fetched_at=start,
        )

    def _capture(self, agreement: Agreement, start: datetime, end: datetime) -> Capture:
        capture = Capture(self._invoice(agreement), agreement.amount, start, end, self.clock.now())
        agreement.captures.append(capture)
        self._captures.setdefault(capture.key, (agreement, capture))
        self.took(agreement, capture)
        return capture

    def _invoice(self, agreement: Agreement) -> str:
        """Return the key of the current period's payment, captured or failed."""
        return f"in-{agreement.ref}-{agreement.periods}"

    def _paid(self, agreement: Agreement, capture: Capture, *, renewal: bool) -> None:
        self.create_event(
            Kind.PAYMENT_COMPLETED,
            "invoice.paid",
            payment_key=capture.key,
            amount=capture.amount,
            period_start=capture.start,
            period_end=capture.end,
            is_renewal=renewal,
            **self._about(agreement.ref),
        )

    def _captured_session(
        self, agreement: Agreement, session: str, kind: PaymentEventKind, capture: Capture | None = None
    ) -> None:
        about = self._about(agreement.ref)
        if capture is not None:
            about |= {"payment_key": capture.key, "amount": capture.amount}
        done = self.create_event(kind, "session.completed", checkout_ref=session, **about)
        period = (capture and (capture.start, capture.end)) or agreement.trial
        assert period is not None
        self.captured[session] = dataclasses.replace(done, period_start=period[0], period_end=period[1])
        if capture is not None:
            self._paid(agreement, capture, renewal=False)

    def _paid_once(self, agreement: Agreement, session: str) -> None:
        now = self.clock.now()
        days = self.durations[agreement.plan]
        capture = self._capture(agreement, now, now + timedelta(days=days))
        self.captured[session] = self.create_event(
            Kind.PAYMENT_COMPLETED,
            "session.completed",
            checkout_ref=session,
            payment_key=capture.key,
            amount=capture.amount,
            **self._named(agreement),
        )

    def _named(self, agreement: Agreement) -> dict[str, object]:
        named: dict[str, object] = {"order_id": agreement.order, "telegram_id": agreement.person}
        return named if agreement.interval is None else named | {"subscription_ref": agreement.ref}
