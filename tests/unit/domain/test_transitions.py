"""Check that every event in every status of every entity is either an allowed transition or refused without effect."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.access import ACCESS_TRANSITIONS, AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import CHANNEL_TRANSITIONS, ChannelEvent, ChannelStatus
from subscriptions.domain.entities.order import ORDER_TRANSITIONS, OrderEvent, OrderStatus
from subscriptions.domain.entities.subscription import (
    LIVE,
    PROVIDER,
    STAFF,
    SUBSCRIPTION_TRANSITIONS,
    Subscription,
    SubscriptionEvent,
    SubscriptionStatus,
)
from subscriptions.domain.errors import InvalidTransition
from subscriptions.domain.events import SubscriptionExpired
from subscriptions.domain.ids import CustomerId, PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TABLES = [
    (ORDER_TRANSITIONS, OrderStatus, OrderEvent),
    (SUBSCRIPTION_TRANSITIONS, SubscriptionStatus, SubscriptionEvent),
    (ACCESS_TRANSITIONS, AccessStatus, AccessEvent),
    (CHANNEL_TRANSITIONS, ChannelStatus, ChannelEvent),
]
PAIRS = [(table, state, event) for table, states, events in TABLES for state in states for event in events]


@pytest.mark.parametrize(("table", "state", "event"), PAIRS, ids=lambda part: getattr(part, "entity", str(part)))
def test_every_event_not_allowed_in_a_status_raises_invalid_transition(table, state, event):
    if table.allows(state, event):
        assert table.next_state(state, event) in type(state)
    else:
        with pytest.raises(InvalidTransition, match=str(state)):
            table.next_state(state, event)


def test_expired_status_is_terminal():
    assert not any(SUBSCRIPTION_TRANSITIONS.allows(SubscriptionStatus.EXPIRED, event) for event in SubscriptionEvent)


def test_every_status_except_the_first_is_reachable():
    for table, states, _ in TABLES:
        first = next(iter(states))
        assert set(table.rows.values()) | {first} == set(states), table.entity


def test_captured_payment_is_accepted_in_every_order_status():
    assert all(ORDER_TRANSITIONS.allows(state, OrderEvent.CAPTURED) for state in OrderStatus)


def test_every_live_subscription_can_end():
    assert all(SUBSCRIPTION_TRANSITIONS.allows(state, SubscriptionEvent.ENDED) for state in LIVE)


def test_access_can_end_in_every_status():
    assert all(ACCESS_TRANSITIONS.allows(state, AccessEvent.ENDED) for state in AccessStatus)


def _subscription() -> Subscription:
    return Subscription(
        id=SubscriptionId(new_uuid()),
        customer_id=CustomerId(new_uuid()),
        plan_id=PlanId(new_uuid()),
        order_id=None,
        provider="somewhere",
        provider_ref="ref",
        price=Money(2999, "EUR"),
        created_at=NOW,
    )


@given(st.lists(st.sampled_from(SubscriptionEvent), max_size=30))
def test_subscription_has_an_end_date_only_while_expired_after_any_sequence_of_events(events):
    subscription = _subscription()
    for step, event in enumerate(events):
        subscription.apply(event, NOW + timedelta(hours=step))
        assert (subscription.status is SubscriptionStatus.EXPIRED) == (subscription.ended_at is not None)
    ended = [event for event in subscription.events.drain() if isinstance(event, SubscriptionExpired)]
    assert len(ended) <= 1
    assert not ended or subscription.status is SubscriptionStatus.EXPIRED


@given(st.lists(st.sampled_from(["cancel", "undo"]), min_size=1, max_size=12))
def test_each_cancellation_and_undo_records_one_event(presses):
    subscription = _subscription()
    subscription.apply(SubscriptionEvent.PAID, NOW)
    changes = 0
    before = subscription.status
    for press in presses:
        subscription.cancel(now=NOW) if press == "cancel" else subscription.undo_cancel(NOW)
        changes += subscription.status is not before
        before = subscription.status
    assert len(subscription.events.drain()) == changes


@pytest.mark.parametrize("cause", [STAFF, PROVIDER])
@pytest.mark.parametrize(
    ("presses", "status"),
    [
        (["pause", "resume"], SubscriptionStatus.TRIALING),
        (["pause", "cancel", "undo", "resume"], SubscriptionStatus.TRIALING),
        (["pause", "cancel", "resume", "undo"], SubscriptionStatus.TRIALING),
        (["cancel", "pause", "undo", "resume"], SubscriptionStatus.TRIALING),
        (["cancel", "pause", "resume", "undo"], SubscriptionStatus.TRIALING),
        (["pause", "pay", "resume"], SubscriptionStatus.ACTIVE),
        (["pause", "cancel", "pay", "undo", "resume"], SubscriptionStatus.ACTIVE),
        (["pay", "pause", "resume"], SubscriptionStatus.ACTIVE),
    ],
)
def test_unpaid_trial_remains_a_trial_through_pauses_and_cancellations(cause, presses, status):
    subscription = _subscription()
    subscription.apply(SubscriptionEvent.TRIAL_STARTED, NOW)
    does = {
        "pause": lambda: subscription.pause(cause, NOW),
        "resume": lambda: subscription.resume(cause, NOW),
        "cancel": lambda: subscription.cancel(now=NOW),
        "undo": lambda: subscription.undo_cancel(NOW),
        "pay": lambda: subscription.apply(SubscriptionEvent.PAID, NOW),
    }
    for press in presses:
        does[press]()
    assert subscription.status is status
    assert not subscription.is_paused
