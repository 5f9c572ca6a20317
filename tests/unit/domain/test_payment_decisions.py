"""Decisions about payment events by their kind and the stored records, tested without unit of work,
gateway or clock.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import (
    PLAN_CHANGE,
    UNDERPAID,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_decisions import decide, decide_unmatched
from subscriptions.domain.services.purchase import REVERSALS, Fact, Purchase
from tests.fakes import samples
from tests.fakes.samples import NOON

MONTH, DAY = timedelta(days=31), timedelta(days=1)
K = PaymentEventKind
ANA = samples.customer()
PLAN = samples.plan()
ORDER = samples.order(ANA, PLAN)
ONCE = samples.order(ANA, samples.plan(recurring=False, interval=None, duration_days=31))
PAID = dataclasses.replace(ORDER, status=OrderStatus.PAID)
MINE = samples.subscription(PAID, provider_ref="sub")
OVER = dataclasses.replace(MINE, status=SubscriptionStatus.EXPIRED)
LATER_ORDER = samples.order(ANA, PLAN, price=ORDER.price)
DEARER_ORDER = samples.order(ANA, PLAN, price=Money(4999, "EUR"))
FREE = dataclasses.replace(ORDER, price=Money(0, "EUR"))
TRIAL = dataclasses.replace(ORDER, trial_days=7)
PERIOD = {"period_start": NOON, "period_end": NOON + MONTH}
BOUGHT = {"payment_key": "pay", **PERIOD}
NEW = {"order": ORDER}
RUNS = {"order": PAID, "subscription": MINE, "live": MINE}
PAGE = CheckoutAttempt(
    order_id=ORDER.id,
    number=1,
    provider="acme",
    status=AttemptStatus.OPEN,
    session_ref="cs",
    created_at=NOON,
    expires_at=NOON + DAY,
)
OTHER_PAGE = dataclasses.replace(PAGE, number=2, session_ref="cs-2")
ON_PAGE = {"attempts": (PAGE,), "attempt": PAGE}
REST = dataclasses.replace(PAGE, amount=Money(1999, "EUR"), price=ORDER.price)
PART = samples.payment(ORDER, amount=Money(1000, "EUR"), part=True)
SHORT = {"kind": K.PAYMENT_FAILED, "reason": UNDERPAID, "payment_key": "pay", "amount": Money(999, "EUR")}
SECOND = outcomes.SetAside(flag=FlagReason.SECOND_CAPTURE, second="sub")
COUNTED = outcomes.TimePurchase(time=(NOON, MONTH))

BUYING = {
    "a first payment": (NEW, {**BOUGHT, "subscription_ref": "sub"}, COUNTED),
    "a renewal": (RUNS, {**BOUGHT, "is_renewal": True}, COUNTED),
    "a payment told again": (RUNS | {"recorded_payment": samples.payment(PAID)}, BOUGHT, outcomes.CountedBefore(None)),
    "without a key": (NEW, PERIOD, outcomes.PrerequisiteMissing("a captured payment without the provider's key")),
    "nobody knows for when": (
        NEW,
        {"payment_key": "pay", "subscription_ref": "sub"},
        outcomes.PrerequisiteMissing("the provider does not tell the paid period yet"),
    ),
    "a wrong amount": (
        NEW,
        {**BOUGHT, "amount": Money(1, "EUR")},
        outcomes.SetAside(flag=FlagReason.AMOUNT_MISMATCH),
    ),
    "somebody else's": (NEW, {**BOUGHT, "telegram_id": 1}, outcomes.SetAside(flag=FlagReason.CUSTOMER_MISMATCH)),
    "for an order that is paid": ({"order": PAID}, {**BOUGHT, "subscription_ref": "sub"}, SECOND),
    "for what is over": (
        {"order": PAID, "subscription": OVER},
        BOUGHT,
        outcomes.SetAside(flag=FlagReason.SUBSCRIPTION_OVER),
    ),
    "a difference before what it is of": (
        NEW,
        {**BOUGHT, "reason": PLAN_CHANGE},
        outcomes.PrerequisiteMissing("the difference of a change for a subscription that is not counted yet"),
    ),
    "a difference": (
        RUNS,
        {**BOUGHT, "reason": PLAN_CHANGE},
        outcomes.TimePurchase(time=(NOON, timedelta()), settles_change=True),
    ),
    "a renewal before the beginning, by its page alone": (
        NEW | ON_PAGE,
        {**BOUGHT, "is_renewal": True, "checkout_ref": "cs"},
        outcomes.PrerequisiteMissing("what began at this checkout is not counted yet"),
    ),
}
GONE = {"customer": dataclasses.replace(ANA, telegram_id=ANA.stand_in)}
CLOSED = outcomes.SetAside(flag=FlagReason.ORDER_CLOSED, second="sub")
OF_NOBODY = {
    "a payment that came late": (
        NEW | GONE,
        {**BOUGHT, "subscription_ref": "sub", "telegram_id": ANA.telegram_id},
        CLOSED,
    ),
    "a renewal": (RUNS | GONE, {**BOUGHT, "is_renewal": True, "subscription_ref": "sub"}, CLOSED),
    "a part": ({"order": ONCE} | GONE, SHORT, dataclasses.replace(CLOSED, second="")),
    "told again": (NEW | GONE | {"recorded_payment": samples.payment(ORDER)}, BOUGHT, outcomes.CountedBefore(None)),
    "a trial": (
        {"order": TRIAL} | GONE,
        {"kind": K.SUBSCRIPTION_ACTIVATED, "subscription_ref": "sub", "amount": None},
        outcomes.NothingGiven(None, is_unwanted=True),
    ),
}
PARTS = {
    "a part": ({"order": ONCE}, SHORT, outcomes.PartKept(ONCE)),
    "the last part": (
        {"order": ORDER, "parts": (PART, dataclasses.replace(PART, amount=Money(1000, "EUR")))},
        SHORT | PERIOD,
        COUNTED,
    ),
    "more than the rest": (
        {"order": ORDER, "parts": (PART,)},
        SHORT | PERIOD | {"amount": Money(2000, "EUR")},
        dataclasses.replace(COUNTED, excess=Money(1, "EUR")),
    ),
    "for an order that began since": (
        {"order": ORDER, "other": LATER_ORDER},
        SHORT,
        outcomes.PartKept(LATER_ORDER),
    ),
    "for an order of another price": ({"order": ORDER, "other": DEARER_ORDER}, SHORT, outcomes.PartReturned()),
    "for an order that is paid": ({"order": PAID}, SHORT, outcomes.PartReturned()),
    "in another currency": (
        NEW,
        SHORT | {"amount": Money(999, "USD")},
        outcomes.SetAside(flag=FlagReason.AMOUNT_MISMATCH),
    ),
    "somebody else's": (NEW, SHORT | {"telegram_id": 1}, outcomes.SetAside(flag=FlagReason.CUSTOMER_MISMATCH)),
    "told again": (NEW | {"recorded_payment": PART}, SHORT, outcomes.CountedBefore(None)),
    "without a key": (
        NEW,
        SHORT | {"payment_key": None},
        outcomes.PrerequisiteMissing("a part payment without the provider's key or amount"),
    ),
    "the rest, whose first part is there no more": (
        {"order": ORDER, "attempts": (REST,), "attempt": REST},
        BOUGHT | {"amount": Money(1999, "EUR"), "checkout_ref": "cs"},
        outcomes.PartKept(ORDER),
    ),
    "too little for a further period": (
        RUNS,
        SHORT,
        outcomes.SubscriptionUpdate(MINE, outcomes.SetAside(flag=FlagReason.AMOUNT_MISMATCH)),
    ),
}
WITHOUT_MONEY = {
    "a trial": (
        {"order": TRIAL},
        {"kind": K.SUBSCRIPTION_ACTIVATED},
        outcomes.TimeGiven(LedgerKind.TRIAL, (NOON, 7 * DAY)),
    ),
    "a free period": (
        {"order": FREE},
        {"kind": K.SUBSCRIPTION_ACTIVATED, **PERIOD},
        outcomes.TimeGiven(LedgerKind.FREE_PERIOD, (NOON, MONTH)),
    ),
    "a beginning that is paid": (NEW, {"kind": K.SUBSCRIPTION_ACTIVATED}, outcomes.NothingGiven(None)),
    "a trial beside what runs": (
        {"order": TRIAL, "live": MINE},
        {"kind": K.SUBSCRIPTION_ACTIVATED},
        outcomes.NothingGiven(None),
    ),
    "a second trial of what runs": (
        {"order": TRIAL, "live": MINE},
        {"kind": K.SUBSCRIPTION_ACTIVATED, "subscription_ref": "sub-2"},
        outcomes.NothingGiven(None, is_unwanted=True),
    ),
    "completed, the money told apart": (NEW, {"amount": None}, outcomes.NothingGiven(None)),
    "canceled": (RUNS, {"kind": K.SUBSCRIPTION_CANCELED}, outcomes.SubscriptionUpdate(MINE)),
    "canceled before it began": (NEW, {"kind": K.SUBSCRIPTION_CANCELED}, outcomes.NothingToSync()),
    "a renewal failed": (RUNS, {"kind": K.PAYMENT_FAILED, "final": True}, outcomes.SubscriptionUpdate(MINE)),
    "a page ran out": (
        NEW | ON_PAGE,
        {"kind": K.CHECKOUT_EXPIRED, "checkout_ref": "cs"},
        outcomes.CheckoutClosed((PAGE,), expires=True),
    ),
    "a page ran out, another is open": (
        NEW | {"attempts": (PAGE, OTHER_PAGE)},
        {"kind": K.CHECKOUT_EXPIRED, "checkout_ref": "cs"},
        outcomes.CheckoutClosed((PAGE,), expires=False),
    ),
    "a page ran out where a part was paid": (
        NEW | ON_PAGE | {"parts": (PART,)},
        {"kind": K.CHECKOUT_EXPIRED, "checkout_ref": "cs"},
        outcomes.CheckoutClosed((PAGE,), expires=False),
    ),
    "the bank refused for good": (
        NEW | ON_PAGE,
        {"kind": K.PAYMENT_FAILED, "final": True, "checkout_ref": "cs"},
        outcomes.CheckoutClosed((PAGE,), expires=True, failed_attempt=1),
    ),
    "the bank refused, another page is open": (
        NEW | {"attempts": (PAGE, OTHER_PAGE)},
        {"kind": K.PAYMENT_FAILED, "final": True, "checkout_ref": "cs"},
        outcomes.CheckoutClosed((PAGE,), expires=False),
    ),
}
ROWS = {
    f"{group}: {name}": row
    for group, rows in (("buying", BUYING), ("nobody", OF_NOBODY), ("part", PARTS), ("no money", WITHOUT_MONEY))
    for name, row in rows.items()
}


def decided(record, reported, **fact):
    purchase = Purchase(**({"customer": ANA, "plan": PLAN, "subscription": None} | record))
    return decide(purchase, Fact(**({"event": samples.event(**reported), "snapshot": None, "now": NOON} | fact)))


@pytest.mark.parametrize(("record", "reported", "outcome"), ROWS.values(), ids=ROWS.keys())
def test_decision_for_each_event_kind_and_order_state_matches_the_table_of_outcomes(record, reported, outcome):
    assert decided(record, reported) == outcome


@pytest.mark.parametrize(("returns", "returning"), [(True, True), (False, False)])
def test_second_capture_is_refunded_if_the_provider_supports_refunds(returns: bool, returning: bool):
    outcome = decided({"order": PAID}, {**BOUGHT, "subscription_ref": "sub"}, returns=returns)
    assert outcome == dataclasses.replace(SECOND, returns=returning)


def test_late_payment_is_flagged_if_its_provider_requests_approval_before_charging():
    reported = {**BOUGHT, "checkout_ref": "cs", "occurred_at": NOON + 2 * DAY}
    assert isinstance(decided(NEW | ON_PAGE, reported), outcomes.TimePurchase)
    assert decided(NEW | ON_PAGE, reported, asked_first=True) == outcomes.SetAside(flag=FlagReason.ORDER_CLOSED)
    # Approved at the last moment and charged right after it.
    reported["occurred_at"] = max(PAGE.expires_at, ORDER.expires_at) + timedelta(seconds=59)
    assert isinstance(decided(NEW | ON_PAGE, reported, asked_first=True), outcomes.TimePurchase)


def test_purchase_extends_time_granted_by_staff():
    given = samples.given(ANA, PLAN, NOON + DAY, created_at=NOON - DAY)
    assert decided({"order": ONCE, "live": given}, BOUGHT).running_subscription is given


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in REVERSALS])
def test_event_of_a_subscription_unknown_to_its_provider_is_not_applied(kind: K):
    outcome = decided(RUNS, {"kind": kind, "subscription_ref": "sub"}, unknown=True)
    assert outcome == outcomes.PrerequisiteMissing(
        "the provider does not know subscription sub", "unknown_subscription"
    )


def test_event_without_order_id_is_ignored_and_event_of_an_unknown_order_raises_an_alarm():
    assert decide_unmatched(samples.event()) == outcomes.NoChange()
    assert decide_unmatched(samples.event(order_id="1")).alarm == "unmatched_payment_event"


def test_incomplete_subscription_gives_no_trial():
    for status, given in (
        (ProviderStatus.INCOMPLETE, outcomes.PrerequisiteMissing),
        (ProviderStatus.TRIALING, outcomes.TimeGiven),
    ):
        snapshot = SubscriptionSnapshot(
            ref="sub-1",
            status=status,
            raw_status=status,
            current_period_start=None,
            current_period_end=None,
            cancel_at_period_end=False,
            fetched_at=NOON,
        )
        outcome = decided({"order": TRIAL}, {"kind": K.SUBSCRIPTION_ACTIVATED}, snapshot=snapshot)
        assert isinstance(outcome, given)
