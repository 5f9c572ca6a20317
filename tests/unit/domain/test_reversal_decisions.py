"""Decisions about refunds and disputes, tested without unit of work, gateway or clock."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import DISPUTE, DISPUTE_LOST, PROVIDER, REFUNDED, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import INQUIRY, PaymentEventKind, ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services import access_policy, reversal_decisions
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_decisions import decide
from subscriptions.domain.services.purchase import Fact, Purchase, Reversal
from tests.fakes import samples
from tests.fakes.samples import NOON

MONTH, DAY = timedelta(days=31), timedelta(days=1)
K = PaymentEventKind
ANA = samples.customer()
PLAN = samples.plan()
PAID = samples.order(ANA, PLAN, status=OrderStatus.PAID)
MINE = samples.subscription(PAID, provider_ref="sub")
PAYMENT = samples.payment(PAID, subscription_id=MINE.id)
ENTRY = LedgerEntry(
    subscription_id=MINE.id,
    kind=LedgerKind.PAYMENT,
    source_key="acme:pay",
    starts_at=NOON,
    length=MONTH,
    payment_id=PAYMENT.id,
    created_at=NOON,
)
BACK = Reversal(payment=PAYMENT, payments=[PAYMENT], entries=[ENTRY])
HELD = dataclasses.replace(MINE, status=SubscriptionStatus.PAUSED, paused_for=frozenset({DISPUTE}))
OPEN = Dispute.begin("acme", "dp", PAYMENT.id, DisputeStatus.OPEN, NOON)
ASKED = Dispute.begin("acme", "dp", PAYMENT.id, DisputeStatus.INQUIRY, NOON)
ANOTHER = Dispute.begin("acme", "dp-2", samples.payment(PAID).id, DisputeStatus.OPEN, NOON)
WON = dataclasses.replace(OPEN, status=DisputeStatus.WON)


def back(kind, reversal=BACK, subscription=MINE, order=PAID, days=10, snapshot=None, **reported):
    """Return the outcome of a reversal `days` days after the payment, or of a dispute opened then."""
    at = NOON + days * DAY
    event = samples.event(**({"kind": kind, "payment_key": "back", "occurred_at": at} | reported))
    purchase = Purchase(order=order, customer=ANA, plan=PLAN, subscription=subscription, reversal=reversal)
    return decide(purchase, Fact(event=event, snapshot=snapshot, now=at))


def test_full_refund_removes_the_unused_time():
    outcome = back(K.REFUND)
    assert (outcome.extent, outcome.note) == (outcomes.Extent.IN_FULL, "refunded in full")
    assert outcome.time.ends
    assert outcome.time.reason == REFUNDED
    assert [(entry.kind, entry.starts_at, entry.payment_id) for entry in outcome.time.entries] == [
        (LedgerKind.REFUND, NOON + 10 * DAY, PAYMENT.id)
    ]


@pytest.mark.parametrize(
    ("changed", "extent"),
    [
        ({"amount_refunded": Money(1, "EUR")}, outcomes.Extent.IN_PART),
        ({"order": dataclasses.replace(PAID, refund_policy=RefundPolicy.KEEP_ACCESS)}, outcomes.Extent.ACCESS_KEPT),
        (
            {"reversal": dataclasses.replace(BACK, payments=[PAYMENT, samples.payment(PAID)])},
            outcomes.Extent.ONE_OF_SEVERAL,
        ),
        (
            {
                "reversal": dataclasses.replace(
                    BACK, payment=dataclasses.replace(PAYMENT, status=PaymentStatus.REFUNDED)
                )
            },
            outcomes.Extent.IN_PART,
        ),
        (
            {"reversal": dataclasses.replace(BACK, entries=[dataclasses.replace(ENTRY, length=timedelta())])},
            outcomes.Extent.IN_FULL,
        ),
        ({"subscription": None}, outcomes.Extent.IN_FULL),
    ],
    ids=["partial", "kept by policy", "one of several", "refunded before", "only a difference", "flagged before"],
)
def test_partial_repeated_or_policy_exempt_refund_or_refund_of_payment_without_time_removes_no_time(changed, extent):
    assert (back(K.REFUND, **changed).extent, back(K.REFUND, **changed).time) == (extent, None)


@pytest.mark.parametrize(("given_back", "extent"), [(1000, "IN_PART"), (1999, "IN_PART"), (2999, "IN_FULL")])
def test_refund_of_the_whole_overpaid_amount_is_a_full_refund(given_back: int, extent: str):
    paid_too_much = dataclasses.replace(PAYMENT, amount=Money(2999, "EUR"), excess=Money(1000, "EUR"))
    reversal = dataclasses.replace(BACK, payment=paid_too_much, payments=[paid_too_much])
    outcome = back(K.REFUND, reversal=reversal, amount_refunded=Money(given_back, "EUR"))
    assert outcome.extent is outcomes.Extent[extent]


def test_refund_of_a_zero_payment_is_a_full_refund():
    nothing_charged = dataclasses.replace(PAYMENT, amount=Money(0, "EUR"))
    reversal = dataclasses.replace(BACK, payment=nothing_charged, payments=[nothing_charged])
    assert back(K.REFUND, reversal=reversal, amount=Money(0, "EUR")).extent is outcomes.Extent.IN_FULL


def test_recorded_full_refund_reported_again_is_the_same_refund_and_takes_no_time():
    refund = Refund.give("acme", "back", PAYMENT.id, PAYMENT.amount, occurred_at=NOON, now=NOON)
    refunded = dataclasses.replace(PAYMENT, status=PaymentStatus.REFUNDED)
    reversal = dataclasses.replace(BACK, payment=refunded, payments=[refunded], refunds=[refund], refund=refund)
    outcome = back(K.REFUND, reversal)
    assert isinstance(outcome, outcomes.RefundOutcome)
    assert (outcome.reversal.refund, outcome.time) == (refund, None)


@pytest.mark.parametrize("missing", ["subscription", "reversal"])
def test_effect_on_time_of_a_payment_that_bought_no_time_is_an_error(missing: str):
    bought = Purchase(order=PAID, customer=ANA, plan=PLAN, subscription=MINE, reversal=BACK)
    purchase = dataclasses.replace(bought, **{missing: None})
    fact = Fact(event=samples.event(kind=K.REFUND), snapshot=None, now=NOON)
    with pytest.raises(ValueError, match="bought no time"):
        reversal_decisions.time_of(purchase, fact, REFUNDED)


def test_failed_refund_is_reported_as_failed():
    assert back(K.REFUND, reason="reversed") == outcomes.RefundFailed(BACK)


@pytest.mark.parametrize("kind", [K.REFUND, K.DISPUTE_OPENED, K.DISPUTE_CLOSED])
def test_reversal_of_a_payment_not_yet_applied_is_retried(kind: K):
    assert isinstance(back(kind, reversal=None), outcomes.PrerequisiteMissing)


@pytest.mark.parametrize(
    ("known", "reason", "status", "suspends"),
    [
        (None, None, DisputeStatus.OPEN, True),
        (None, INQUIRY, DisputeStatus.INQUIRY, False),
        (ASKED, None, DisputeStatus.OPEN, True),
        (ASKED, INQUIRY, DisputeStatus.INQUIRY, False),
        (OPEN, INQUIRY, DisputeStatus.OPEN, True),
    ],
)
def test_open_dispute_suspends_access_but_an_inquiry_does_not(known, reason, status, suspends):
    outcome = back(K.DISPUTE_OPENED, dataclasses.replace(BACK, dispute=known), reason=reason)
    assert (outcome.status, outcome.subscription) == (status, MINE if suspends else None)


def test_dispute_does_not_suspend_access_under_a_keep_access_policy():
    lenient = dataclasses.replace(PAID, dispute_policy=DisputePolicy.KEEP)
    assert back(K.DISPUTE_OPENED, order=lenient).subscription is None


@pytest.mark.parametrize("kind", [K.DISPUTE_OPENED, K.DISPUTE_CLOSED])
def test_dispute_that_was_closed_is_not_reopened(kind: K):
    outcome = back(kind, dataclasses.replace(BACK, dispute=WON), reason="lost")
    assert (outcome, outcome.note) == (outcomes.DisputeOver(DisputeStatus.WON), "dispute is won already")


@pytest.mark.parametrize(("holding", "resumes"), [([OPEN], True), ([OPEN, ANOTHER], False)])
def test_won_dispute_restores_the_days_unless_another_dispute_is_open(holding, resumes):
    outcome = back(K.DISPUTE_CLOSED, dataclasses.replace(BACK, dispute=OPEN, open_disputes=holding), HELD, reason="won")
    assert (outcome.status, outcome.time.resumes) == (DisputeStatus.WON, resumes)
    # The days are restored with the end of the last dispute.
    given = [(entry.kind, entry.length) for entry in outcome.time.entries]
    assert given == ([(LedgerKind.COMPENSATION, 10 * DAY)] if resumes else [])


def test_lost_dispute_removes_the_time_and_ends_access():
    outcome = back(K.DISPUTE_CLOSED, dataclasses.replace(BACK, dispute=OPEN, open_disputes=[OPEN]), HELD, reason="lost")
    assert (outcome.time.reason, outcome.time.ends, outcome.time.resumes) == (DISPUTE_LOST, True, False)


def test_refund_that_executes_a_lost_partial_dispute_is_not_counted_in_addition_to_the_dispute():
    amount = Money(1000, "EUR")
    refund = Refund.give("acme", "re", PAYMENT.id, amount, occurred_at=NOON + DAY, now=NOON + DAY)
    dispute = dataclasses.replace(OPEN, amount=amount)
    reversal = dataclasses.replace(BACK, dispute=dispute, disputes=[dispute], refunds=[refund])
    outcome = back(K.DISPUTE_CLOSED, reversal, reason="lost", amount=amount, amount_refunded=amount)
    assert isinstance(outcome, outcomes.DisputeSettled)
    assert (outcome.repeated_refund, outcome.is_lost_in_part, outcome.time) == (refund, True, None)


def test_granted_days_continue_after_a_lost_dispute():
    bonus = dataclasses.replace(ENTRY, source_key="acme:more", kind=LedgerKind.ADMIN_GRANT, payment_id=None)
    reversal = dataclasses.replace(BACK, dispute=OPEN, open_disputes=[OPEN], entries=[ENTRY, bonus])
    outcome = back(K.DISPUTE_CLOSED, reversal, HELD, reason="lost")
    assert (outcome.time.ends, outcome.time.resumes) == (False, True)


def test_lost_dispute_neither_ends_nor_resumes_access_while_another_dispute_is_open():
    reversal = dataclasses.replace(BACK, dispute=OPEN, open_disputes=[OPEN, ANOTHER])
    outcome = back(K.DISPUTE_CLOSED, reversal, HELD, reason="lost")
    assert (outcome.time.ends, outcome.time.resumes) == (False, False)


def test_granted_time_that_ran_during_a_suspension_is_restored():
    bonus = dataclasses.replace(ENTRY, source_key="acme:more", kind=LedgerKind.ADMIN_GRANT, payment_id=None)
    reversal = dataclasses.replace(BACK, dispute=OPEN, open_disputes=[OPEN], entries=[bonus, ENTRY])
    outcome = back(K.DISPUTE_CLOSED, reversal, HELD, reason="lost")
    added = [entry.length for entry in outcome.time.entries if entry.kind is LedgerKind.COMPENSATION]
    assert added == [10 * DAY]


def in_period(begin: datetime) -> SubscriptionSnapshot:
    return SubscriptionSnapshot(
        ref="sub",
        status=ProviderStatus.ACTIVE,
        raw_status="active",
        current_period_start=begin,
        current_period_end=begin + MONTH,
        cancel_at_period_end=False,
        fetched_at=NOON,
    )


@pytest.mark.parametrize(("later", "moved_on"), [(MONTH, True), (timedelta(), False)])
def test_refund_of_a_past_month_ends_access_only_if_no_later_period_has_started(later: timedelta, moved_on: bool):
    """The refunded month is over. The provider is in the next period or still in the same period."""
    outcome = back(K.REFUND, days=40, snapshot=in_period(NOON + later))
    assert (outcome.time.moved_on, outcome.time.ends) == (moved_on, not moved_on)


@pytest.mark.parametrize("days", [32, 40])
def test_refund_stops_billing_despite_a_period_created_by_postponing_the_charge(days: int):
    """Granted days follow the only paid month, and the provider's new period lasts until the postponed charge."""
    given = {"source_key": "staff:1", "kind": LedgerKind.ADMIN_GRANT, "payment_id": None, "starts_at": NOON + MONTH}
    granted = dataclasses.replace(ENTRY, **given, length=7 * DAY)
    postponed = dataclasses.replace(
        in_period(NOON + MONTH), current_period_end=NOON + 45 * DAY, charge_moved_to=NOON + 45 * DAY
    )
    time = back(K.REFUND, dataclasses.replace(BACK, entries=[ENTRY, granted]), days=days, snapshot=postponed).time
    assert (time.moved_on, time.ends, time.stops_billing) == (False, days == 40, True)


@pytest.mark.parametrize("status", [SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELED])
def test_granted_days_do_not_prevent_the_billing_stop_after_a_refund(status: SubscriptionStatus):
    """The only paid month is refunded during a skipped month, after the granted days have also been used: billing
    stops.
    """
    given = {"source_key": "acme:more", "kind": LedgerKind.ADMIN_GRANT, "payment_id": None, "starts_at": NOON + DAY}
    days = dataclasses.replace(ENTRY, **given, length=DAY)
    left_out = dataclasses.replace(MINE, status=status, paused_for=frozenset({PROVIDER}))
    time = back(K.REFUND, dataclasses.replace(BACK, entries=[ENTRY, days]), left_out, days=40).time
    assert (time.moved_on, time.ends, time.stops_billing) == (False, True, True)


def test_refund_ends_access_despite_an_uncharged_provider_period_during_a_suspension():
    """The customer was suspended for 33 days and readmitted. The remaining time is the suspended time, which is
    reversed with its payment.
    """
    kept_out = access_policy.rest(MINE, NOON + DAY, NOON + 34 * DAY, "staff:1")
    reversal = dataclasses.replace(BACK, entries=[ENTRY, kept_out])
    outcome = back(K.REFUND, reversal, days=35, snapshot=in_period(NOON + MONTH))
    assert (outcome.time.moved_on, outcome.time.ends) == (False, True)
