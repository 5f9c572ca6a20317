"""Check that the events of a purchase have the right outcome in any order, deciding them one after the other on
in-memory records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason, Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.entities.subscription import DISPUTE, Subscription, SubscriptionEvent
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import UNDERPAID, PaymentEvent, PaymentEventKind
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services import provider_sync
from subscriptions.domain.services.payment_decisions import decide
from subscriptions.domain.services.purchase import REVERSALS, Fact, Purchase, Reversal
from tests.fakes import samples
from tests.fakes.samples import NOON

K = PaymentEventKind
MONTH = timedelta(days=30)
LATE = NOON + timedelta(days=45)
GIVING = (outcomes.TimePurchase, outcomes.TimeGiven, outcomes.PartKept)


@dataclass
class Books:
    """Rows of one order, as read and written by the use cases."""

    recurring: bool = True
    payments: dict[str, Payment] = field(default_factory=dict)
    subscriptions: dict[str | None, Subscription] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        terms = {} if self.recurring else {"recurring": False, "interval": None, "duration_days": 30}
        self.customer, self.plan = samples.customer(), samples.plan(**terms)
        self.order = samples.order(self.customer, self.plan)

    def of(self, payment: Payment) -> Subscription | None:
        return next((item for item in self.subscriptions.values() if item.id == payment.subscription_id), None)

    def loaded(self, event: PaymentEvent) -> Purchase:
        """Return the records of the purchase that are needed to decide the event."""
        ref, payment = event.subscription_ref, self.payments.get(event.about_payment or "")
        subscription = self.subscriptions.get(ref) if ref is not None else None
        reversal = None
        if payment is not None and event.kind in REVERSALS:
            subscription, key = self.of(payment), event.payment_key or ""
            together = (
                [item for item in self.payments.values() if item.part and item.subscription_id] if payment.part else []
            )
            reversal = Reversal(
                payment=payment,
                payments=together or [payment],
                refunds=[item for item in self.refunds.values() if item.payment_id == payment.id],
                refund=self.refunds.get(key),
                dispute=self.disputes.get(key),
                entries=list(self.entries),
                open_disputes=[item for item in self.disputes.values() if item.status is DisputeStatus.OPEN],
            )
        return Purchase(
            order=self.order,
            customer=self.customer,
            plan=self.plan,
            subscription=subscription,
            recorded_payment=self.payments.get(event.payment_key or "") if event.kind not in REVERSALS else None,
            live=next((item for item in self.subscriptions.values() if item.live), None),
            parts=[item for item in self.payments.values() if item.part and not item.flag and not item.subscription_id],
            reversal=reversal,
        )

    def write(self, purchase: Purchase, fact: Fact, outcome: outcomes.Outcome) -> None:
        """Write what the decided outcome requires, and nothing else."""
        match outcome:
            case outcomes.TimePurchase():
                self._count(purchase, fact, outcome)
            case outcomes.SetAside(flag=flag):
                self._keep(purchase, fact).raise_flag(flag)
            case outcomes.PartReturned():
                self._keep(purchase, fact).raise_flag(FlagReason.ORDER_CLOSED)
            case outcomes.PartKept():
                self._keep(purchase, fact).part = True
            case outcomes.SubscriptionUpdate(subscription=subscription):
                provider_sync.sync_from_event(subscription, fact.event, fact.now)
            case outcomes.RefundOutcome() | outcomes.DisputeOutcome() | outcomes.DisputeSettled():
                self._reverse(fact, outcome)
            case _:
                pass
        for subscription in self.subscriptions.values():
            subscription.access_until = access_until(
                item for item in self.entries if item.subscription_id == subscription.id
            )

    def _keep(self, purchase: Purchase, fact: Fact) -> Payment:
        payment = purchase.payment(fact)
        assert payment.payment_key not in self.payments
        self.payments[payment.payment_key] = payment
        return payment

    def _count(self, purchase: Purchase, fact: Fact, outcome: outcomes.TimePurchase) -> None:
        payment, ref = self._keep(purchase, fact), fact.event.subscription_ref
        subscription = purchase.subscription or Subscription.begin(self.order, "acme", ref, NOON)
        subscription.apply(SubscriptionEvent.PAID, fact.now)
        self.subscriptions[ref], self.order.status = subscription, OrderStatus.PAID
        for part in purchase.parts:
            part.subscription_id = subscription.id
        payment.subscription_id, payment.part = subscription.id, bool(purchase.parts)
        self.counted.append(payment.payment_key)
        entry = LedgerEntry(
            subscription_id=subscription.id,
            kind=LedgerKind.PAYMENT,
            source_key=payment.payment_key,
            starts_at=outcome.time[0],
            length=outcome.time[1],
            payment_id=payment.id,
            created_at=fact.now,
        )
        self.entries.append(entry)

    def _reverse(
        self, fact: Fact, outcome: outcomes.RefundOutcome | outcomes.DisputeOutcome | outcomes.DisputeSettled
    ) -> None:
        event, payment, key = fact.event, outcome.reversal.payment, fact.event.payment_key or ""
        if isinstance(outcome, outcomes.RefundOutcome):
            amount = event.amount_refunded or payment.amount
            given = Refund.give("acme", key, payment.id, amount, occurred_at=event.occurred_at, now=fact.now)
            self.refunds.setdefault(key, given)
            payment.status = PaymentStatus.REFUNDED if outcome.extent != outcomes.Extent.IN_PART else payment.status
            time = outcome.time
        else:
            begun = Dispute.begin("acme", key, payment.id, outcome.status, event.occurred_at)
            self.disputes.setdefault(key, begun).status = outcome.status
            time = outcome.time if isinstance(outcome, outcomes.DisputeSettled) else None
            if isinstance(outcome, outcomes.DisputeOutcome) and outcome.subscription is not None:
                outcome.subscription.pause(DISPUTE, fact.now)
        if isinstance(time, outcomes.TimeTaken):
            self.entries.extend(time.entries)
            if time.ends:
                time.subscription.end(time.reason, fact.now)
        elif time is not None:
            self.entries += time.entries
        if time is not None and time.resumes:
            time.subscription.resume(DISPUTE, fact.now)


def deliver(books: Books, events: Sequence[PaymentEvent]) -> list[tuple[PaymentEvent, outcomes.Outcome]]:
    """Deliver the events one by one, and return the events with their outcomes. Events that must wait are delivered
    again after the others.
    """
    reported, queue, waited = [], list(events), 0
    while queue and waited < len(queue):
        event = queue.pop(0)
        fact = Fact(event=event, snapshot=None, now=max(LATE, event.occurred_at), returns=True)
        purchase = books.loaded(event)
        outcome = decide(purchase, fact)
        if isinstance(outcome, outcomes.PrerequisiteMissing):
            queue, waited = [*queue, event], waited + 1
            continue
        books.write(purchase, fact, outcome)
        reported.append((event, outcome))
        waited = 0
    assert not queue, [event.event_key for event in queue]
    return reported


def paid(number: int, **more) -> PaymentEvent:
    """Return the payment of the period with that number, from 0."""
    start = NOON + number * MONTH
    values = {
        "payment_key": f"pay-{number}",
        "subscription_ref": "sub",
        "occurred_at": start,
        "period_start": start,
        "period_end": start + MONTH,
        "is_renewal": number > 0,
    }
    return samples.event(**(values | more))


def back(kind: PaymentEventKind, key: str, about: str, **more) -> PaymentEvent:
    return samples.event(kind=kind, payment_key=key, about_payment=about, amount=None, occurred_at=LATE, **more)


PAYMENTS = [paid(0), paid(1), paid(2)]
SECOND = paid(0, payment_key="second", subscription_ref="another")
STORIES = [
    *PAYMENTS,
    SECOND,
    back(K.REFUND, "re-1", "pay-1"),
    back(K.REFUND, "re-0", "pay-0", amount_refunded=Money(1, "EUR")),
    back(K.REFUND, "re-second", "second"),
    back(K.DISPUTE_OPENED, "dp", "pay-2"),
    back(K.DISPUTE_CLOSED, "dp", "pay-2", reason="won"),
    back(K.DISPUTE_OPENED, "dp-0", "pay-0"),
    back(K.DISPUTE_CLOSED, "dp-0", "pay-0", reason="lost"),
    samples.event(kind=K.SUBSCRIPTION_CANCELED, subscription_ref="sub", occurred_at=LATE),
    samples.event(kind=K.PAYMENT_FAILED, subscription_ref="sub", occurred_at=NOON + MONTH),
]
PARTS = [
    samples.event(
        kind=K.PAYMENT_FAILED, reason=UNDERPAID, payment_key=f"part-{minor}", amount=Money(minor, "EUR"), final=True
    )
    for minor in (500, 999, 1000, 1500)
]


def any_order(events: Sequence[PaymentEvent]) -> st.SearchStrategy[list[PaymentEvent]]:
    """Return a strategy for orders of events: each event at least once, some more often."""
    more = st.lists(st.sampled_from(events), max_size=6)
    return more.flatmap(lambda again: st.permutations([*events, *again]))


def once(keys: Iterable[str]) -> bool:
    found = list(keys)
    return len(found) == len(set(found))


@given(any_order(STORIES))
def test_events_in_any_sequence_apply_every_payment_once(events: list[PaymentEvent]):
    books = Books()
    reported = deliver(books, events)
    assert set(books.payments) == {"pay-0", "pay-1", "pay-2", "second"}
    assert once(books.counted)
    assert all(item.flag or item.payment_key in books.counted for item in books.payments.values())
    assert once(f"{item.kind}:{item.source_key}" for item in books.entries)
    assert sum(item.live for item in books.subscriptions.values()) <= 1
    first = {event.event_key: outcome for event, outcome in reversed(reported)}
    again = [outcome for event, outcome in reported if outcome is not first[event.event_key]]
    assert not [outcome for outcome in again if isinstance(outcome, GIVING)]


@given(any_order(STORIES))
def test_reversal_never_grants_time(events: list[PaymentEvent]):
    books = Books()
    for event, outcome in deliver(books, events):
        if event.kind in REVERSALS:
            assert not isinstance(outcome, GIVING)
            assert "won" in outcome.note or not isinstance(getattr(outcome, "time", None), outcomes.TimeRestored)
    cut = {item.payment_id for item in books.entries if item.kind in {LedgerKind.REFUND, LedgerKind.DISPUTE}}
    gone = {"pay-0", "pay-1"} & set(books.counted)
    assert {books.payments[key].id for key in gone} <= cut


@given(any_order(PAYMENTS))
def test_payment_events_in_any_order_give_the_same_paid_time(events: list[PaymentEvent]):
    books = Books()
    deliver(books, events)
    assert books.counted
    assert access_until(books.entries) == NOON + 3 * MONTH


@given(any_order(PARTS))
def test_partial_payments_in_any_order_complete_one_purchase(events: list[PaymentEvent]):
    books = Books(recurring=False)
    deliver(books, events)
    assert len(books.payments) == len(PARTS)
    assert len(books.counted) == 1
    kept = [item.amount.minor for item in books.payments.values() if item.flag is None]
    assert sum(kept) >= books.order.price.minor
    assert sum(kept) - books.payments[books.counted[0]].amount.minor < books.order.price.minor
