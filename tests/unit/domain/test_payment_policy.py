"""Rules about which payments count, and which period a payment pays for."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.services import payment_policy
from tests.fakes import samples
from tests.fakes.samples import NOON

MONTH, DAY, HOUR, SECOND = timedelta(days=30), timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
ANA = samples.customer()
PLAN = samples.plan()
ORDER = samples.order(ANA, PLAN)
PAID_ORDER = dataclasses.replace(ORDER, status=OrderStatus.PAID)
MINE = samples.subscription(ORDER)
OVER = dataclasses.replace(MINE, status=SubscriptionStatus.EXPIRED)
REPLACED_ONE = dataclasses.replace(OVER, end_reason="replaced")
OTHERS = samples.subscription(samples.order(samples.customer(), PLAN))
ANOTHER_LIVE = samples.subscription(samples.order(ANA, PLAN))
DEARER = dataclasses.replace(MINE, price=Money(3999, "EUR"))


def snapshot(**more) -> SubscriptionSnapshot:
    """Return a snapshot with a period of a month that starts at noon."""
    values = {
        "ref": "sub-1",
        "status": ProviderStatus.ACTIVE,
        "raw_status": "active",
        "current_period_start": NOON,
        "current_period_end": NOON + MONTH,
        "cancel_at_period_end": False,
        "fetched_at": NOON,
    }
    return SubscriptionSnapshot(**(values | more))


FLAGS = {
    "a first payment": ({}, None),
    "a renewal": ({"order": PAID_ORDER, "subscription": MINE, "live": MINE}, None),
    "first payment of an abandoned order": (
        {"order": dataclasses.replace(ORDER, status=OrderStatus.EXPIRED)},
        None,
    ),
    "the provider names the same order and person": (
        {"snapshot": snapshot(order_id=str(ORDER.id), telegram_id=ANA.telegram_id)},
        None,
    ),
    "the event names another person": ({"event": {"telegram_id": 1}}, FlagReason.CUSTOMER_MISMATCH),
    "the provider names another person": ({"snapshot": snapshot(telegram_id=1)}, FlagReason.CUSTOMER_MISMATCH),
    "the provider names another order": (
        {"snapshot": snapshot(order_id=str(new_uuid()))},
        FlagReason.CUSTOMER_MISMATCH,
    ),
    "subscription of another customer": ({"subscription": OTHERS}, FlagReason.CUSTOMER_MISMATCH),
    "another amount": ({"event": {"amount": Money(1, "EUR")}}, FlagReason.AMOUNT_MISMATCH),
    "another currency": ({"event": {"amount": Money(2999, "USD")}}, FlagReason.AMOUNT_MISMATCH),
    "no amount": ({"event": {"amount": None}}, FlagReason.AMOUNT_MISMATCH),
    "a renewal at another price than agreed": ({"subscription": DEARER, "live": DEARER}, None),
    "free renewal": ({"event": {"amount": Money(0, "EUR")}, "subscription": MINE, "live": MINE}, None),
    "a renewal in another currency": (
        {"event": {"amount": Money(2999, "USD")}, "subscription": MINE, "live": MINE},
        FlagReason.AMOUNT_MISMATCH,
    ),
    "a renewal without an amount": (
        {"event": {"amount": None}, "subscription": MINE, "live": MINE},
        FlagReason.AMOUNT_MISMATCH,
    ),
    "a paid order paid again": ({"order": PAID_ORDER}, FlagReason.SECOND_CAPTURE),
    "plan already owned": ({"live": ANOTHER_LIVE}, FlagReason.SECOND_CAPTURE),
    "renewal beside another live subscription": (
        {"subscription": MINE, "live": ANOTHER_LIVE},
        FlagReason.SECOND_CAPTURE,
    ),
    "ended subscription": ({"order": PAID_ORDER, "subscription": OVER}, FlagReason.SUBSCRIPTION_OVER),
    "a failed charge collected after another payment took its place": (
        {"order": PAID_ORDER, "subscription": REPLACED_ONE, "live": None},
        FlagReason.SECOND_CAPTURE,
    ),
}


@pytest.mark.parametrize(("facts", "flag"), FLAGS.values(), ids=FLAGS.keys())
def test_payment_is_flagged_unless_it_matches_the_order_customer_and_subscription(facts, flag):
    reported = {"telegram_id": ANA.telegram_id} | facts.get("event", {})
    found = payment_policy.flag_for(
        samples.event(**reported),
        facts.get("order", ORDER),
        ANA,
        facts.get("subscription"),
        facts.get("live"),
        facts.get("snapshot"),
    )
    assert found is flag


OWN = {"period_start": NOON + MONTH, "period_end": NOON + 2 * MONTH}
TIMES = {
    "period of the event": (OWN, snapshot(), (NOON + MONTH, MONTH)),
    "period of the event despite a newer state": (OWN, None, (NOON + MONTH, MONTH)),
    "current period": ({}, snapshot(), (NOON, MONTH)),
    "dated just before the period": ({"occurred_at": NOON - SECOND}, snapshot(), (NOON, MONTH)),
    "dated an hour before the period": ({"occurred_at": NOON - HOUR}, snapshot(), (NOON, MONTH)),
    "dated over an hour before the period": ({"occurred_at": NOON - HOUR - SECOND}, snapshot(), None),
    "dated long before the period": ({"occurred_at": NOON - DAY}, snapshot(), None),
    "dated after the period": ({"occurred_at": NOON + MONTH}, snapshot(), None),
    "period unknown": ({}, None, None),
    "period unknown to the provider": ({}, snapshot(current_period_start=None, current_period_end=None), None),
    "a period that ends before it begins": ({"period_start": NOON, "period_end": NOON - DAY}, None, None),
    "incomplete period": ({"period_start": NOON}, None, None),
}


@pytest.mark.parametrize(("event", "state", "time"), TIMES.values(), ids=TIMES.keys())
def test_payment_pays_for_the_period_that_it_or_its_subscription_states(event, state, time):
    assert payment_policy.paid_time(samples.event(subscription_ref="sub", **event), state, ORDER) == time


def test_payment_without_a_provider_period_pays_for_the_interval_of_its_order():
    event = samples.event(occurred_at=NOON)
    assert payment_policy.paid_time(event, None, ORDER) == (NOON, 31 * DAY)


def test_period_of_a_one_time_payment_starts_at_its_date():
    once = samples.order(ANA, samples.plan(recurring=False, interval=None, duration_days=10))
    assert payment_policy.paid_time(samples.event(), None, once) == (NOON, 10 * DAY)


TRIAL = samples.order(ANA, samples.plan(trial_days=7))
FREE = samples.order(ANA, samples.plan(price=Money(0, "EUR")))
GIVEN = {
    "trial reported by the provider": (TRIAL, {}, snapshot(), (LedgerKind.TRIAL, (NOON, MONTH))),
    "trial without a reported end": (TRIAL, {}, None, (LedgerKind.TRIAL, (NOON, 7 * DAY))),
    "a free renewal after a trial": (TRIAL, {"is_renewal": True}, snapshot(), None),
    "free plan": (FREE, {}, snapshot(), (LedgerKind.FREE_PERIOD, (NOON, MONTH))),
    "free plan with unknown period": (FREE, {}, None, None),
    "a plan with a price": (ORDER, {}, snapshot(), None),
}


@pytest.mark.parametrize(("order", "event", "state", "given"), GIVEN.values(), ids=GIVEN.keys())
def test_free_time_is_granted_only_for_a_free_charge_or_trial(order, event, state, given):
    assert payment_policy.free_time(samples.event(**event), state, order, is_known=False) == given


@pytest.mark.parametrize("order", [ORDER, TRIAL], ids=["a plan with a price", "a plan with a trial"])
def test_free_renewal_of_a_known_subscription_grants_the_renewed_period_without_payment(order):
    renewal = samples.event(is_renewal=True, amount=Money(0, "EUR"))
    assert payment_policy.free_time(renewal, snapshot(), order, is_known=True) == (
        LedgerKind.FREE_PERIOD,
        (NOON, MONTH),
    )
    assert payment_policy.free_time(renewal, None, order, is_known=True) is None, "its period is not known"


@pytest.mark.parametrize("amount", [None, Money(2999, "EUR")])
def test_activation_without_a_free_charge_grants_no_time(amount):
    """PayPal reports the activation separately from the payment."""
    activated = samples.event(is_renewal=True, amount=amount)
    assert payment_policy.free_time(activated, snapshot(), ORDER, is_known=True) is None
