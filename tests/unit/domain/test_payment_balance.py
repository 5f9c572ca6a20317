"""Balance of a payment, for any refunds and disputes about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.subscription import DISPUTE
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEventKind
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.payment_balance import PaymentBalance, are_at_stake, are_gone
from subscriptions.domain.services.payment_decisions import decide
from subscriptions.domain.services.purchase import Fact, Purchase, Reversal
from tests.fakes import samples
from tests.fakes.samples import NOON

ANA, PLAN = samples.customer(), samples.plan()
ORDER = samples.order(ANA, PLAN, status=OrderStatus.PAID)
PRICE = Money(1000, "EUR")
PAYMENT = samples.payment(ORDER, amount=PRICE)
OTHER = samples.payment(ORDER, amount=PRICE)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
OPENED, CLOSED, REFUND = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED, PaymentEventKind.REFUND


def refund(minor: int, hours: int = 1, payment: Payment = PAYMENT, **more: Any) -> Refund:
    at = NOON + hours * HOUR
    return dataclasses.replace(
        Refund.give("acme", f"re-{hours}", payment.id, Money(minor, "EUR"), occurred_at=at, now=at),
        **({"repeats_dispute": False} | more),
    )


def dispute(minor: int | None, status: DisputeStatus = DisputeStatus.LOST, hours: int = 1) -> Dispute:
    amount = Money(minor, "EUR") if minor is not None else None
    opened = Dispute.begin("acme", f"dp-{hours}-{minor}", PAYMENT.id, DisputeStatus.OPEN, NOON, amount)
    if status is not DisputeStatus.OPEN:
        opened.settle(status, NOON + hours * HOUR)
    return opened


@pytest.mark.parametrize(
    ("refunds", "disputes", "left"),
    [
        ([], [], 1000),
        ([refund(400)], [], 600),
        ([refund(400, status=RefundStatus.REVERSED)], [], 1000),
        ([refund(400, amount=Money(400, "USD"))], [], 1000),
        ([refund(400, payment=OTHER)], [], 1000),
        ([], [dispute(400)], 600),
        ([], [dispute(None)], 0),
        ([], [dispute(400, DisputeStatus.OPEN), dispute(300, DisputeStatus.WON)], 1000),
        ([refund(500, 2)], [dispute(500)], 0),
        ([refund(500, 2, repeats_dispute=True)], [dispute(500)], 500),
        ([refund(500, 2, repeats_dispute=True)], [dispute(500, DisputeStatus.OPEN)], 500),
        ([refund(500, 2, repeats_dispute=None)], [dispute(500)], 500),
        ([refund(400, 2, repeats_dispute=None)], [dispute(500)], 100),
        ([refund(900)], [dispute(None)], 0),
    ],
    ids=[
        "no refund",
        "a refund",
        "failed refund",
        "another currency",
        "refund of another payment",
        "partial dispute lost",
        "full dispute lost",
        "open and won disputes take nothing",
        "half lost and the other half refunded",
        "a refund that reports a lost dispute",
        "refund before the decision that it executes",
        "earlier refund of the same amount",
        "earlier refund of another amount",
        "refunds above the payment",
    ],
)
def test_balance_counts_refunds_and_lost_disputes_once(
    refunds: Sequence[Refund], disputes: Sequence[Dispute], left: int
) -> None:
    balance = PaymentBalance(PAYMENT, refunds, disputes)
    assert (balance.left.minor, balance.given_back.minor) == (left, 1000 - left)
    assert balance.is_gone is (left == 0)


def test_open_dispute_returns_nothing_yet() -> None:
    balance = PaymentBalance(PAYMENT, [refund(100)], [dispute(400, DisputeStatus.OPEN)])
    assert (balance.given_back.minor, balance.amounts.at_bank.minor) == (100, 400)


@pytest.mark.parametrize(("disputed", "is_all"), [(400, True), (399, False)])
def test_dispute_about_all_that_refunds_left_puts_the_payment_at_stake(disputed: int, is_all: bool) -> None:
    assert are_at_stake([PAYMENT], [refund(600)], [dispute(disputed, DisputeStatus.OPEN)]) is is_all
    assert are_gone([PAYMENT], [refund(600)], [dispute(disputed)]) is is_all


def test_payments_made_together_are_gone_if_each_is_gone_by_itself() -> None:
    refunds, both = [refund(1000, payment=OTHER)], [PAYMENT, OTHER]
    assert are_gone(both, refunds, [dispute(501)])
    assert are_at_stake(both, refunds, [dispute(501, DisputeStatus.OPEN)])
    assert not are_at_stake(both, refunds, [dispute(500, DisputeStatus.OPEN)])


@pytest.mark.parametrize(("lost", "is_gone"), [(500, False), (501, True), (970, True)])
def test_nothing_counts_as_left_of_a_payment_of_which_banks_took_more_than_half(lost: int, is_gone: bool) -> None:
    assert PaymentBalance(PAYMENT, (), [dispute(lost)]).is_gone is is_gone
    assert are_gone([PAYMENT], (), [dispute(lost)]) is is_gone
    assert not are_gone([PAYMENT, OTHER], (), [dispute(lost)])
    assert not PaymentBalance(PAYMENT, [refund(lost)]).is_gone


def test_payment_refunded_without_a_recorded_refund_has_no_balance() -> None:
    refunded = dataclasses.replace(PAYMENT, status=PaymentStatus.REFUNDED)
    assert PaymentBalance(refunded).is_gone
    assert not PaymentBalance(refunded, [refund(1000, status=RefundStatus.REVERSED)]).is_gone


@pytest.mark.parametrize(
    ("disputed", "is_most"),
    [([500], False), ([501], True), ([499], False), ([250, 250], False), ([250, 251], True), ([None], True)],
)
def test_open_and_lost_disputes_have_the_same_threshold(disputed: Sequence[int | None], is_most: bool) -> None:
    opened, lost = (
        [dispute(minor, status, hours) for hours, minor in enumerate(disputed, start=1)]
        for status in (DisputeStatus.OPEN, DisputeStatus.LOST)
    )
    assert are_at_stake([PAYMENT], (), opened) is is_most
    assert are_gone([PAYMENT], (), lost) is is_most
    assert not are_at_stake([PAYMENT], (), lost)


def test_inquiries_and_decided_disputes_put_no_payment_at_stake() -> None:
    for status in (DisputeStatus.INQUIRY, DisputeStatus.WON, DisputeStatus.CLOSED):
        assert not are_at_stake([PAYMENT], (), [dataclasses.replace(dispute(None, status), status=status)])


def test_order_with_one_of_two_equal_payments_disputed_is_not_at_stake() -> None:
    assert not are_at_stake([PAYMENT, OTHER], (), [dispute(None, DisputeStatus.OPEN)])
    assert are_at_stake([PAYMENT], (), [dispute(None, DisputeStatus.OPEN)])


def test_payment_of_zero_with_an_open_dispute_is_at_stake() -> None:
    free = dataclasses.replace(PAYMENT, amount=Money(0, "EUR"))
    assert are_at_stake([free], (), [dispute(None, DisputeStatus.OPEN)])
    assert not are_at_stake([free], (), [])


@dataclasses.dataclass
class Books:
    """Payment for one year with its refunds and disputes, recorded as the decisions require."""

    payment: Payment = dataclasses.field(default_factory=lambda: dataclasses.replace(PAYMENT))
    refunds: list[Refund] = dataclasses.field(default_factory=list)
    disputes: dict[str, Dispute] = dataclasses.field(default_factory=dict)
    hours: int = 0

    def __post_init__(self) -> None:
        self.subscription = samples.subscription(ORDER, access_until=NOON + YEAR)
        self.payment.subscription_id = self.subscription.id
        self.entries = [
            LedgerEntry(
                subscription_id=self.subscription.id,
                kind=LedgerKind.PAYMENT,
                source_key="acme:pay",
                starts_at=NOON,
                length=YEAR,
                payment_id=self.payment.id,
                created_at=NOON,
            )
        ]

    @property
    def left(self) -> Money:
        return PaymentBalance(self.payment, self.refunds, list(self.disputes.values())).left

    def refund(self, minor: int) -> None:
        self._apply(REFUND, f"re-{self.hours}", amount_refunded=Money(minor, "EUR"))

    def open(self, minor: int) -> None:
        self._apply(OPENED, f"dp-{self.hours}", amount=Money(minor, "EUR"))

    def close(self, reason: str) -> None:
        key = next((key for key, item in self.disputes.items() if item.status is DisputeStatus.OPEN), None)
        if key is not None:
            self._apply(CLOSED, key, reason=reason)

    def _apply(self, kind: PaymentEventKind, key: str, **reported: Any) -> None:
        self.hours += 1
        now, disputes = NOON + self.hours * HOUR, list(self.disputes.values())
        event = samples.event(kind=kind, payment_key=key, occurred_at=now, **reported)
        reversal = Reversal(
            payment=self.payment,
            payments=[self.payment],
            refunds=self.refunds,
            dispute=self.disputes.get(key),
            entries=self.entries,
            open_disputes=[item for item in disputes if item.status is DisputeStatus.OPEN],
            disputes=disputes,
        )
        purchase = Purchase(order=ORDER, customer=ANA, plan=PLAN, subscription=self.subscription, reversal=reversal)
        self._write(
            decide(purchase, Fact(event=event, snapshot=None, now=now)),
            Fact(event=event, snapshot=None, now=now),
            reversal,
        )

    def _write(self, outcome: object, fact: Fact, reversal: Reversal) -> None:
        event, now = fact.event, fact.now
        if isinstance(outcome, outcomes.RefundOutcome):
            amount = reversal_decisions.amount_of(event, reversal)
            again = outcome.repeated_dispute is not None
            key = event.payment_key or ""
            self.refunds.append(
                Refund.give("acme", key, self.payment.id, amount, occurred_at=now, now=now, repeats_dispute=again)
            )
            if outcome.extent is outcomes.Extent.IN_FULL:
                self.payment.status = PaymentStatus.REFUNDED
            self._follow(outcome.time, fact)
        elif isinstance(outcome, outcomes.DisputeOutcome | outcomes.DisputeSettled):
            self.disputes[outcome.dispute.dispute_key] = outcome.dispute
            if isinstance(outcome, outcomes.DisputeOutcome) and outcome.subscription is not None:
                self.subscription.pause(DISPUTE, now)
            self._follow(outcome.time, fact)

    def _follow(self, time: outcomes.TimeTaken | outcomes.TimeRestored | None, fact: Fact) -> None:
        if time is None:
            return
        self.entries.extend(time.entries)
        self.subscription.access_until = access_until(self.entries)
        if time.resumes:
            self.subscription.resume(DISPUTE, fact.now)
        if isinstance(time, outcomes.TimeTaken) and time.ends:
            self.subscription.end(time.reason, fact.now)


ACTS = st.one_of(
    st.tuples(st.just("refund"), st.integers(1, 700)),
    st.tuples(st.just("open"), st.integers(1, 700)),
    st.tuples(st.just("close"), st.sampled_from(["won", "lost"])),
)


@given(st.lists(ACTS, max_size=10))
def test_access_ends_if_and_only_if_nothing_counts_as_left_of_the_payment(acts: Sequence[tuple[str, Any]]) -> None:
    books = Books()
    for name, argument in acts:
        getattr(books, name)(argument)
        assert 0 <= books.left.minor <= PRICE.minor
        disputes = list(books.disputes.values())
        assert books.subscription.live is not are_gone([books.payment], books.refunds, disputes)
        is_at_stake = are_at_stake([books.payment], books.refunds, disputes)
        # After a refund that leaves only what an open dispute is about, the dispute's daily check suspends.
        if books.subscription.live and (name == "open" or books.subscription.on_hold):
            assert books.subscription.on_hold is is_at_stake
