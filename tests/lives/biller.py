"""Payment provider that charges by its own calendar. The product's results are compared with the charges of this
provider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.money import Money
from subscriptions.domain.ports.foreign_subscriptions import ForeignPage
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    ChargeDeclined,
    CheckoutState,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    ProviderStatus,
    SubscriptionSnapshot,
)
from tests.fakes.gateway import OF_A_PROVIDER
from tests.fakes.provider import PERIOD, Provider

ATTEMPTS = 3
RETRY_EVERY = timedelta(days=1.5)
TAX = 21
"""Tax in percent, included in the price."""


@dataclass(frozen=True)
class Capture:
    """Captured payment. ref: the paid subscription, None for a one-time payment. start, end: the period; None if the
    plan determines the length. by_hand: True if the customer paid on the provider's page. asked_at: time at which the
    charge was made, if the payer's bank decided about it later.
    """

    key: str
    amount: Money
    at: datetime
    order: str
    ref: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    renewal: bool = False
    recovery: bool = False
    by_hand: bool = False
    price_ref: str | None = None
    asked_at: datetime | None = None

    @property
    def made_at(self) -> datetime:
        """Time at which the charge was made, which a later decision of the bank does not change."""
        return self.asked_at or self.at


@dataclass(frozen=True)
class Decision:
    """Decision of a payer's bank about a charge. after: time between the charge and the decision. of_purchase: True if
    the charge may be that of a purchase; otherwise a renewal or a retry.
    """

    after: timedelta
    pays: bool
    of_purchase: bool = True


@dataclass(frozen=True)
class Debit:
    """Charge of a subscription that is at the payer's bank. start, end: the period. details: further facts of the
    payment's event. is_retry: True if an earlier attempt at the same charge failed.
    """

    amount: Money
    start: datetime
    end: datetime
    asked_at: datetime
    decided_at: datetime
    pays: bool
    details: dict[str, Any] = field(default_factory=dict)
    is_retry: bool = False


@dataclass(frozen=True)
class LatePurchase:
    """Completed checkout whose payment is at the payer's bank."""

    card: str
    asked_at: datetime
    decided_at: datetime
    pays: bool


@dataclass
class Biller(Provider):
    """Provider that charges by its own calendar.

    post: callback for every event. took: callback for every capture. failed: callback with the subscription whose
    charge was declined. empty: subscriptions whose bank currently declines. credit: the payer's credit balance in minor
    units, by subscription. attempts: number of failed attempts of the current charge. owed: period of the current
    charge; later periods may start uncharged before it is paid. bills: amount of the failed charge. extras: additional
    amount of the next charge only, in minor units. stopped: subscriptions whose collection the seller paused without a
    date.

    undecided: subscriptions whose bank does not decide about their charges. decision: decision of a bank that decides
    later about the next charge. debits: charges at the bank, by subscription. purchases: checkouts whose payment is at
    the bank, by session. asked: callback with the subscription whose charge went to the bank. refused: callback with
    the checkout whose payment the bank refused.

    repriced: time at which the amount of the next charge last changed.
    """

    capabilities: frozenset[Capability] = OF_A_PROVIDER | {Capability.MOVE_CHARGE, Capability.PAUSE}
    post: Callable[[PaymentEvent], None] = lambda event: None
    took: Callable[[Capture], None] = lambda capture: None
    switched: Callable[[str, str], None] = lambda ref, after: None
    unpaid: Callable[[str], None] = lambda ref: None
    empty: set[str] = field(default_factory=set)
    credit: dict[str, int] = field(default_factory=dict)
    attempts: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    owed: dict[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    """Subscriptions whose current period was charged later than its predecessor ended, because the charge was moved."""
    gave_up: set[str] = field(default_factory=set)
    bills: dict[str, Money] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    repriced: dict[str, datetime] = field(default_factory=dict)
    undecided: set[str] = field(default_factory=set)
    decision: Decision | None = None
    debits: dict[str, Debit] = field(default_factory=dict)
    purchases: dict[str, LatePurchase] = field(default_factory=dict)
    asked: Callable[[str, Debit], None] = lambda ref, debit: None
    refused: Callable[[str], None] = lambda session: None

    def create_event(self, kind: PaymentEventKind, raw_type: str, **facts: Any) -> PaymentEvent:
        amount = facts.get("amount")
        if kind is PaymentEventKind.PAYMENT_COMPLETED and amount is not None:
            facts.setdefault("tax", Money(round(amount.minor * TAX / (100 + TAX)), amount.currency))
        event = super().create_event(kind, raw_type, **facts)
        self.post(event)
        return event

    def buy(self, session: str, card: str) -> None:
        """Pay on a checkout page, or start the trial offered by the page."""
        request, now = self.checkouts[session], self.clock.now()
        is_late = self.decision is not None and self.decision.of_purchase
        if self.decision is not None and is_late and not request.trial_days and request.amount.minor:
            decision, self.decision = self.decision, None
            self.purchases[session] = LatePurchase(card, now, now + decision.after, decision.pays)
        else:
            self._capture(session, card, now)

    def _capture(self, session: str, card: str, asked_at: datetime) -> None:
        request, now = self.checkouts[session], self.clock.now()
        made_at = asked_at if asked_at < now else None
        if request.interval is None:
            done = self.pay_once(session)
            self.captured[session] = done
            self.took(Capture(done.payment_key or "", request.amount, now, request.order_id, asked_at=made_at))
        elif request.trial_days:
            ref = f"sub-{len(self.subscriptions) + 1}"
            self.captured[session] = self.start_trial(session, request.trial_days)[0]
            self.change(ref, customer_ref=card, price_ref=request.price_ref, price=request.later or request.amount)
            end = now + timedelta(days=request.trial_days)
            free = Money(0, request.amount.currency)
            self.took(Capture(f"trial-{ref}", free, now, request.order_id, ref, now, end, price_ref=request.price_ref))
        else:
            ref = f"sub-{len(self.subscriptions) + 1}"
            paid = self.pay(session, card=card, begun_at=asked_at)[1]
            took = Capture(
                paid.payment_key or "",
                request.amount,
                now,
                request.order_id,
                ref,
                asked_at,
                asked_at + PERIOD,
                price_ref=request.price_ref,
                asked_at=made_at,
            )
            self.took(took)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the checkout's state. A checkout whose payment is at the bank is pending."""
        found = await super().fetch_checkout(session_ref)
        return replace(found, pending=session_ref in self.purchases) if found is not None else None

    async def expire_checkout(self, session_ref: str) -> bool:
        return session_ref not in self.purchases and await super().expire_checkout(session_ref)

    def _decide_purchase(self, session: str) -> None:
        late = self.purchases.pop(session)
        if late.pays:
            self._capture(session, late.card, late.asked_at)
            return
        request = self.checkouts[session]
        self.closed.append(session)
        about = {"order_id": request.order_id, "telegram_id": request.telegram_id, "checkout_ref": session}
        reason = "the bank refused the payment"
        self.create_event(PaymentEventKind.PAYMENT_FAILED, "session.failed", final=True, reason=reason, **about)
        self.refused(session)

    def begin_elsewhere(self, price_ref: str, price: Money, card: str, began_at: datetime) -> tuple[str, PaymentEvent]:
        """Start a subscription sold by another system, without an event to our shop."""
        ref = f"sub-{len(self.subscriptions) + 1}"
        snapshot = self.begin(ref)
        end = began_at + PERIOD
        self.subscriptions[ref] = replace(
            snapshot,
            current_period_start=began_at,
            current_period_end=end,
            customer_ref=card,
            price_ref=price_ref,
            price=price,
        )
        about = {"subscription_ref": ref, "customer_ref": card, "payment_key": f"in-{next(self._numbers)}"}
        period = {"period_start": began_at, "period_end": end, "occurred_at": began_at}
        kind = PaymentEventKind.PAYMENT_COMPLETED
        return ref, super().create_event(kind, "invoice.paid", amount=price, **about, **period)

    def forget(self, ref: str, paid: PaymentEvent) -> None:
        """Remove a subscription that the shop did not import, with its payment."""
        del self.subscriptions[ref]
        del self.sent[paid.event_key]

    async def list_foreign(self, cursor: str | None) -> ForeignPage:
        """Return an empty page, because the histories import each foreign subscription by its id."""
        return ForeignPage(found=[], next=None)

    async def take_over(self, ref: str, order_id: str, telegram_id: int) -> bool:
        self.change(ref, order_id=order_id, telegram_id=telegram_id)
        return True

    def coming(self, ref: str) -> tuple[datetime, Money] | None:
        return None if ref in self.stopped else super().coming(ref)

    def next_amount(self, ref: str) -> Money | None:
        amount = self._due_next(ref)
        return amount and self._with_credit(ref, amount)[1]

    def _due_next(self, ref: str) -> Money | None:
        amount = super().next_amount(ref)
        return amount and amount + Money(self.extras.get(ref, 0), amount.currency)

    def charge_otherwise(self, ref: str, amount: Money) -> None:
        """Charge this amount from now on instead of the price, as with a different quantity or a coupon."""
        self.charges[ref] = amount
        self._reprice(ref)

    def add_item(self, ref: str, minor: int) -> None:
        """Add an item to the next charge only."""
        self.extras[ref] = minor
        self._reprice(ref)

    def move_price(self, ref: str, amount: Money) -> None:
        """Charge by another price object of the same plan from now on."""
        price_ref = f"{self.subscriptions[ref].price_ref}-moved-{amount.minor}"
        self.prices[price_ref] = amount
        self.charges.pop(ref, None)
        self.change(ref, price_ref=price_ref, price=amount)
        self._reprice(ref)

    def _reprice(self, ref: str) -> None:
        self.repriced[ref] = self.clock.now()
        self.updated(ref)

    def cancel_later(self, ref: str, periods: int) -> None:
        """Schedule the cancellation for the given number of periods after the current one."""
        end = self.subscriptions[ref].current_period_end
        assert end is not None
        self.change(ref, cancel_at=end + periods * PERIOD)
        self.updated(ref)

    def stop_collection(self, ref: str) -> None:
        """Pause the collection without a date. Periods start without a charge."""
        self.stopped.add(ref)
        self.updated(ref)

    def collect_again(self, ref: str) -> None:
        """Resume charging at the next period."""
        self.stopped.discard(ref)
        self.change(ref, status=ProviderStatus.ACTIVE)
        self.updated(ref)

    def due(self) -> Iterator[datetime]:
        """Yield the times of the provider's own actions, and of the decisions of banks."""
        yield from (each.decided_at for each in self.purchases.values())
        yield from (each.decided_at for each in self.debits.values())
        for ref, known in self.subscriptions.items():
            if known.status is ProviderStatus.ENDED or known.current_period_end is None:
                continue
            if ref in self.attempts and ref not in self.held:
                if ref not in self.debits:
                    yield self.attempts[ref][1]
            else:
                yield known.current_period_end

    def work(self) -> None:
        """Perform all due actions of the provider, such as charges and retries."""
        now = self.clock.now()
        for session in [key for key, each in self.purchases.items() if each.decided_at <= now]:
            self._decide_purchase(session)
        for ref in [key for key, each in self.debits.items() if each.decided_at <= now]:
            self._decide(ref)
        for ref in list(self.subscriptions):
            known = self.subscriptions[ref]
            if known.status is ProviderStatus.ENDED or known.current_period_end is None:
                continue
            if ref in self.attempts and ref not in self.held:
                if self.attempts[ref][1] <= now and ref not in self.debits:
                    self._try_again(ref)
            elif known.current_period_end <= now:
                self._turn(ref, known)

    def _turn(self, ref: str, known: SubscriptionSnapshot) -> None:
        if self.ends_with_period(ref):
            self.paused.discard(ref)
            self.end(ref)
        elif ref in self.stopped:
            self._next_period(ref)
            self.change(ref, status=ProviderStatus.PAUSED, charge_moved_to=None)
            self.updated(ref)
        elif ref in self.held:
            self.pass_unbilled(ref)
            self._note_switch(ref, known.price_ref)
            self.change(ref, charge_moved_to=None)
            passed = self.subscriptions[ref]
            start, pause_end = passed.current_period_start, passed.pause_until
            if start is not None and pause_end is not None and start >= pause_end:
                # The skipped month is over too, as at the real providers.
                self.change(ref, pause_until=None)
            if ref not in self.attempts:
                self.change(ref, status=ProviderStatus.ACTIVE)
        elif known.pause_until is not None and ref not in self.paused:
            start = known.current_period_end
            self.paused.add(ref)
            self.change(
                ref, status=ProviderStatus.PAUSED, current_period_start=start, current_period_end=known.pause_until
            )
            self.updated(ref)
        else:
            self.paused.discard(ref)
            self.moved.discard(ref)
            if known.charge_moved_to is not None and known.pause_until is None:
                self.moved.add(ref)
            self.change(ref, charge_moved_to=None, pause_until=None)
            self._charge(ref)

    def _charge(self, ref: str) -> None:
        if ref in self.undecided:
            self._next_period(ref)
            self.change(ref, unsettled=True)
            self.updated(ref)
            return
        before, trial, price = self.subscriptions[ref].price_ref, f"trial-{ref}", self._due_next(ref)
        assert price is not None
        more, amount = self._with_credit(ref, price)
        if self.decision is not None and amount.minor:
            self.credit.pop(ref, None)
            self.extras.pop(ref, None)
            start, end = self._next_period(ref)
            self._note_switch(ref, before)
            self._ask(ref, amount, (start, end), more)
            return
        if ref in self.empty:
            self.fail_renewal(ref, amount=price)
            self._note_switch(ref, before)
            now_known = self.subscriptions[ref]
            self._await_retry(ref, price, (now_known.current_period_start, now_known.current_period_end))
            self.extras.pop(ref, None)
            return
        self.credit.pop(ref, None)
        self.extras.pop(ref, None)
        paid = self.renew(ref, amount, **more)
        self._note_switch(ref, before)
        known = self.subscriptions[ref]
        self.took(
            Capture(
                paid.payment_key or trial,
                amount,
                self.clock.now(),
                known.order_id or "",
                ref,
                paid.period_start,
                paid.period_end,
                renewal=True,
                price_ref=known.price_ref,
            )
        )

    def _await_retry(self, ref: str, bill: Money, period: tuple[datetime | None, datetime | None]) -> None:
        self.attempts[ref] = (1, self.clock.now() + RETRY_EVERY)
        self.owed[ref], self.bills[ref] = period, bill
        self.unpaid(ref)

    def _ask(
        self,
        ref: str,
        amount: Money,
        period: tuple[datetime, datetime],
        details: dict[str, Any],
        *,
        is_retry: bool = False,
    ) -> None:
        """Leave a charge to the payer's bank. Meanwhile the subscription is active, as at Stripe."""
        decision, self.decision = self.decision, None
        assert decision is not None
        now, (start, end) = self.clock.now(), period
        debit = Debit(amount, start, end, now, now + decision.after, decision.pays, details, is_retry)
        self.debits[ref] = debit
        self.asked(ref, debit)
        self.change(ref, status=ProviderStatus.ACTIVE, unsettled=True, owed=None)
        self.updated(ref)

    def _decide(self, ref: str) -> None:
        """Pay or refuse a charge as the payer's bank, in whatever state the subscription is meanwhile."""
        debit = self.debits.pop(ref)
        known = self.change(ref, unsettled=False)
        if debit.pays and ref not in self.empty:
            self._settle(ref, debit)
        elif known.status is ProviderStatus.ENDED or known.charge_moved_to is not None:
            # Nothing is collected any more.
            self.attempts.pop(ref, None)
            self.unpaid(ref)
        elif debit.is_retry:
            self.change(ref, status=ProviderStatus.PAST_DUE, owed=debit.amount)
            self._fail_retry(ref)
            self.unpaid(ref)
        else:
            self.change(ref, status=ProviderStatus.PAST_DUE, owed=debit.amount)
            self.fail_again(ref, debit.amount)
            self._await_retry(ref, debit.amount, (debit.start, debit.end))

    def _settle(self, ref: str, debit: Debit) -> None:
        known = self.subscriptions[ref]
        self.attempts.pop(ref, None)
        self.bills.pop(ref, None)
        key = f"in-{next(self._numbers)}"
        about = self._about(ref) | {"payment_key": key, "amount": debit.amount, "is_renewal": True}
        period = {"period_start": debit.start, "period_end": debit.end}
        self.create_event(PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", **(about | period | debit.details))
        self.took(
            Capture(
                key,
                debit.amount,
                self.clock.now(),
                known.order_id or "",
                ref,
                debit.start,
                debit.end,
                renewal=True,
                recovery=debit.is_retry,
                price_ref=known.price_ref,
                asked_at=debit.asked_at,
            )
        )

    def _with_credit(self, ref: str, price: Money) -> tuple[dict[str, Any], Money]:
        credit = min(self.credit.get(ref, 0), price.minor)
        if not credit:
            return {}, price
        return {"regular": price, "reduction": Money(credit, price.currency)}, Money(
            price.minor - credit, price.currency
        )

    def _note_switch(self, ref: str, before: str | None) -> None:
        after = self.subscriptions[ref].price_ref
        if before != after and after:
            self.charges.pop(ref, None)
            self.switched(ref, after)

    def _try_again(self, ref: str) -> None:
        (start, end), bill = self.owed[ref], self.bills.get(ref)
        if self.decision is not None and bill is not None and start is not None and end is not None:
            self._ask(ref, bill, (start, end), {}, is_retry=True)
        elif ref not in self.empty:
            self.paid_after_all(ref)
        else:
            self._fail_retry(ref)

    def _fail_retry(self, ref: str) -> None:
        tried = self.attempts[ref][0] + 1
        if tried < ATTEMPTS:
            self.attempts[ref] = (tried, self.clock.now() + RETRY_EVERY)
            self.fail_again(ref, self.bills.get(ref))
        else:
            del self.attempts[ref]
            self.gave_up.add(ref)
            self.end(ref)

    def paid_after_all(self, ref: str, *, by_hand: bool = False) -> None:
        """Capture an outstanding charge, even after the provider stopped retrying."""
        known = self.subscriptions[ref]
        self.attempts.pop(ref, None)
        bill = self.bills.pop(ref)
        ended = known.status is ProviderStatus.ENDED
        start, end = self.owed[ref]
        paid = self.recover(ref, bill, period_start=start, period_end=end)
        if ended:
            self.change(ref, status=ProviderStatus.ENDED)
        self.took(
            Capture(
                paid.payment_key or "",
                bill,
                self.clock.now(),
                known.order_id or "",
                ref,
                paid.period_start,
                paid.period_end,
                renewal=True,
                recovery=True,
                by_hand=by_hand,
                price_ref=known.price_ref,
            )
        )

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        known = self.subscriptions.get(request.subscription_ref)
        before = known.price_ref if known else None
        done = await super().change_plan(request)
        if done:
            self._note_switch(request.subscription_ref, before)
            paid = self.changes.get(request.idempotency_key)
            if paid is not None and paid.amount is not None and not request.at_renewal:
                self.took(
                    Capture(
                        paid.payment_key or "",
                        paid.amount,
                        self.clock.now(),
                        paid.order_id or "",
                        paid.subscription_ref,
                    )
                )
            self.updated(request.subscription_ref)
        return done

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        known = self.subscriptions.get(ref)
        if known is not None and known.status is ProviderStatus.ENDED:
            return False
        if at_period_end and known is not None:
            self.change(ref, next_price_ref=None, next_price_at=None)
        if known is not None and at_period_end and ref in self.attempts and ref not in self.debits:
            at_period_end = False
        done = await super().cancel_subscription(ref, at_period_end=at_period_end)
        if done and not at_period_end:
            self.attempts.pop(ref, None)
        if done:
            self.updated(ref)
        return done

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        return await super().fetch_subscription(ref) if Capability.FETCH in self.capabilities else None

    async def resume_subscription(self, ref: str) -> bool:
        if self.subscriptions[ref].status is ProviderStatus.ENDED:
            return False
        return await super().resume_subscription(ref)

    async def pause_subscription(self, ref: str) -> bool:
        known = self.subscriptions[ref]
        if known.current_period_end is None or known.cancel_at_period_end or ref in self.attempts:
            return False
        self.change(ref, pause_until=known.current_period_end + PERIOD)
        return True

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        assert ref not in self.stopped, f"{ref} is paused by the seller, who alone ends that"
        if ref in self.paused and at_once and ref in self.empty:
            raise ChargeDeclined(self.name, "the bank refuses")
        if ref in self.paused and at_once:
            self.change(ref, current_period_end=self.clock.now(), pause_until=None)
            self._turn(ref, self.subscriptions[ref])
        elif ref not in self.paused:
            self.change(ref, pause_until=None)
        return True

    async def reschedule_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        known = self.subscriptions.get(ref)
        if known is None or known.status is not ProviderStatus.ACTIVE or known.pause_until is not None:
            return False
        # Stripe reports the period until the postponed charge instead of the charge at the bank.
        self.change(
            ref,
            current_period_start=self.clock.now(),
            current_period_end=charge_at,
            charge_moved_to=charge_at,
            unsettled=False,
        )
        if known.next_price_ref is not None:
            self.change(ref, next_price_at=charge_at)
        return True

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        fresh = idempotency_key not in self.refunds
        done = await super().refund_payment(payment_key, amount, idempotency_key=idempotency_key)
        if done and fresh:
            self.give_back(payment_key, amount)
        return done

    def give_back(self, payment_key: str, amount: Money | None = None) -> PaymentEvent:
        """Refund a payment, either by the shop or by the seller at the provider."""
        paid = next(each for each in self.sent.values() if each.payment_key == payment_key)
        key = f"re-{next(self._numbers)}"
        return self.create_event(
            PaymentEventKind.REFUND,
            "refund.created",
            payment_key=key,
            about_payment=payment_key,
            order_id=paid.order_id,
            telegram_id=paid.telegram_id,
            amount_refunded=amount or paid.amount,
            amount=amount or paid.amount,
        )
