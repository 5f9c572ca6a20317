"""States of the timeline in single histories: what the laws alone do not fix."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.timeline.facts import DisputeState
from subscriptions.domain.timeline.state import (
    AdmittedBy,
    Charge,
    Charging,
    Inside,
    Outside,
    OutsideBecause,
    Unbilled,
    UnbilledBecause,
    Unpaid,
)
from subscriptions.domain.timeline.timeline import WAKES, timeline
from tests.histories.explore import ONE, PAIR, explore, play, play_pair
from tests.histories.world import BEGIN, DAY, MONTH, NO_FACTS, PRICE, TERMS

MONTH_PASSES = ("pass_time", "pass_time", "pass_time")


def test_paid_period_admits_until_its_end_and_names_the_next_charge() -> None:
    state = play(["subscribe"]).state

    assert state.access == Inside(by=AdmittedBy.TIME, until=BEGIN + MONTH)
    assert state.billing == Charge(at=BEGIN + MONTH, amount=PRICE, is_announced=True)


def test_period_whose_charge_is_at_the_bank_admits_by_the_charge() -> None:
    state = play(["subscribe", *MONTH_PASSES, "charge_late"]).state

    assert state.access == Inside(by=AdmittedBy.CHARGING, until=BEGIN + 2 * MONTH)
    assert state.billing == Charging(begin=BEGIN + MONTH, end=BEGIN + 2 * MONTH)


@pytest.mark.parametrize("events", [("refund_last", "bank_refuses"), ("bank_refuses", "refund_last")])
def test_refund_and_refusal_of_the_next_charge_end_billing_in_either_order(events: tuple[str, ...]) -> None:
    state = play(["subscribe", *MONTH_PASSES, "charge_late", *events]).state

    assert state.billing == Unbilled(because=UnbilledBecause.RETURNED)
    assert isinstance(state.access, Outside)
    assert state.access.because is OutsideBecause.OVER


@pytest.mark.parametrize("charge", [("charge_late",), ("charge_late", "bank_refuses"), ("fail_charge",)])
def test_shown_end_is_that_of_the_paid_time_until_a_skipped_month_is_paid(charge: tuple[str, ...]) -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES, *MONTH_PASSES, *charge]).state

    assert isinstance(state.access, Outside)
    assert state.ends.shown == state.ends.paid == BEGIN + MONTH


def test_suspension_during_a_charge_under_way_ends_with_the_suspension() -> None:
    state = play(["subscribe", *MONTH_PASSES, "charge_late", "suspend", "lift"]).state

    assert state.access == Inside(by=AdmittedBy.CHARGING, until=BEGIN + 2 * MONTH)


def test_given_days_do_not_take_away_access_during_a_charge_under_way() -> None:
    state = play(["subscribe", "earn_days", "take_days", *MONTH_PASSES, "charge_late", "pass_time"]).state

    assert state.access == Inside(by=AdmittedBy.CHARGING, until=BEGIN + 2 * MONTH)


def test_failed_charge_admits_for_the_grace_period() -> None:
    moment = play(["subscribe", *MONTH_PASSES, "fail_charge"])

    assert moment.state.access == Inside(by=AdmittedBy.GRACE, until=BEGIN + MONTH + 5 * DAY)
    assert isinstance(moment.state.billing, Unpaid)
    assert moment.state.billing.amount == PRICE
    assert isinstance(moment.timeline.at(BEGIN + MONTH + 5 * DAY).access, Outside)


def test_failed_charge_that_ends_a_skipped_month_admits_nobody_and_keeps_the_subscription() -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES, *MONTH_PASSES, "fail_charge"]).state

    assert state.access == Outside(because=OutsideBecause.PAUSED, since=BEGIN + MONTH)
    assert isinstance(state.billing, Unpaid)
    assert state.ends.lasting == state.billing.grace_until > BEGIN + 2 * MONTH + 5 * DAY


def test_skipped_month_lasts_until_its_charge_had_time_to_succeed() -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES]).state

    assert isinstance(state.access, Outside)
    assert state.access.because is OutsideBecause.SKIPPED
    assert state.ends.shown == BEGIN + MONTH
    assert state.ends.lasting == BEGIN + 2 * MONTH + max(TERMS.grace, WAKES)


def test_failed_charge_that_ends_a_skipped_month_keeps_nobody_waiting_once_its_provider_gave_up() -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES, *MONTH_PASSES, "fail_charge", "end_at_provider"]).state

    assert isinstance(state.access, Outside)
    assert state.access.because is OutsideBecause.OVER


def test_charge_at_the_bank_that_ends_a_skipped_month_admits_nobody_yet() -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES, *MONTH_PASSES, "charge_late"]).state

    assert state.access == Outside(because=OutsideBecause.PAUSED, since=BEGIN + MONTH)
    assert isinstance(state.billing, Charging)


def test_failed_charge_of_a_subscription_that_was_to_end_with_the_period_has_no_grace_days() -> None:
    moment = play(["subscribe", *MONTH_PASSES, "charge_late", "cancel", "bank_refuses"])

    assert isinstance(moment.state.access, Outside)
    assert moment.state.access.because is OutsideBecause.OVER


def test_subscription_that_its_provider_ended_in_a_skipped_month_is_over() -> None:
    state = play(["subscribe", "skip", *MONTH_PASSES, "end_at_provider"]).state

    assert isinstance(state.access, Outside)
    assert state.access.because is OutsideBecause.OVER
    assert state.billing == Unbilled(because=UnbilledBecause.ENDED)


def test_refunded_gift_leaves_the_billing_of_the_own_subscription() -> None:
    state = play(["subscribe", "redeem_gift", "refund_last"]).state

    assert state.access == Inside(by=AdmittedBy.TIME, until=BEGIN + MONTH)
    assert isinstance(state.billing, Charge)


def test_dispute_that_is_lost_and_won_on_appeal_gives_the_time_back() -> None:
    moment = play(["subscribe", "pass_time", "dispute_last", "dispute_lost", "pass_time", "appeal"])

    left = BEGIN + MONTH - (BEGIN + 10 * DAY)
    assert isinstance(moment.state.access, Inside)
    assert abs(moment.state.access.until - moment.now - left) < timedelta(minutes=1)


def test_dispute_about_the_last_payment_suspends_the_grace_days() -> None:
    moment = play(["subscribe", *MONTH_PASSES, "fail_charge", "dispute_last"])

    assert isinstance(moment.state.access, Outside)
    assert moment.state.access.held == {HoldReason.DISPUTE}


def test_dispute_about_used_time_suspends_nothing_while_a_charge_is_under_way() -> None:
    history = ["subscribe", *MONTH_PASSES, "charge_late", "dispute_last"]
    assert play(history).state.access == Inside(by=AdmittedBy.CHARGING, until=BEGIN + 2 * MONTH)

    assert play([*history, "pass_time", "bank_pays"]).state.access == Inside(
        by=AdmittedBy.TIME, until=BEGIN + 2 * MONTH
    )


def test_dispute_about_a_gift_does_not_suspend_a_recipient_who_pays() -> None:
    moment = play(["start_trial", "redeem_gift", "dispute_last", "pass_time"])
    assert moment.state.access == Inside(by=AdmittedBy.TIME, until=BEGIN + 7 * DAY + MONTH)

    moment = play(["redeem_gift", "dispute_last"])
    assert isinstance(moment.state.access, Outside)
    assert moment.state.access.held == {HoldReason.DISPUTE}


@pytest.mark.parametrize("is_reversed", [True, False])
def test_dispute_that_is_opened_and_won_at_the_same_moment_suspends_nothing(is_reversed: bool) -> None:
    world = play(["subscribe", "dispute_last"]).world
    [opened] = world.facts.disputed
    states = [opened, replace(opened, state=DisputeState.WON)]
    facts = replace(world.facts, disputed=tuple(reversed(states) if is_reversed else states))
    state = timeline(facts, TERMS).at(world.now + DAY)

    assert state.access == Inside(by=AdmittedBy.TIME, until=BEGIN + MONTH)


def test_hold_names_its_reasons_and_moves_the_end() -> None:
    moment = play(["subscribe", "suspend", "pass_time"])

    assert isinstance(moment.state.access, Outside)
    assert moment.state.access.held == {HoldReason.STAFF}
    assert moment.state.ends.paid is not None
    assert moment.state.ends.paid - (BEGIN + MONTH) >= 10 * DAY - timedelta(seconds=5)


def test_hold_that_begins_when_a_charge_is_due_stops_the_wait_for_the_charge() -> None:
    moment = play(["earn_days", "pass_time", "start_trial", "lose_earned_days", "pass_time", "suspend"])

    for days in (0, 1, 200):
        access = moment.timeline.at(moment.now + days * DAY).access
        assert isinstance(access, Outside)
        assert access.because is OutsideBecause.HELD


def test_change_by_value_makes_days_of_a_cheap_plan_fewer_days_of_a_dear_one() -> None:
    moment = play(["buy_once", "convert"])

    assert moment.state.ends.paid == BEGIN + MONTH / 2


def test_histories_of_three_events_break_no_law() -> None:
    findings = explore(3)

    assert findings.broken == {}
    assert findings.states > 500


def test_histories_of_five_events_break_no_law() -> None:
    assert explore(5).broken == {}


def test_histories_of_two_customers_of_four_events_break_no_law() -> None:
    findings = explore(4, PAIR)

    assert findings.broken == {}
    assert findings.states > 5000


def test_lost_gift_ends_neither_the_time_nor_the_billing_that_its_recipient_pays_for() -> None:
    own = ["recipient.subscribe", "pay_gift", "open_gift"]
    before, after = play_pair(own).recipient.state, play_pair([*own, "dispute_gift", "gift_lost"]).recipient.state

    assert after.billing == before.billing
    assert after.ends.paid == BEGIN + MONTH


def test_givers_bank_suspends_no_recipient_who_pays() -> None:
    moment = play_pair(["pay_gift", "open_gift", "pass_time", "recipient.subscribe", "dispute_gift"])

    assert isinstance(moment.recipient.state.access, Inside)


def test_giver_loses_the_earned_days_with_the_payment_that_earned_them() -> None:
    earned = ["giver.buy_once", "recipient.subscribe", "count_referral"]
    assert play_pair(earned).giver.state.ends.paid == BEGIN + MONTH + 7 * DAY
    assert play_pair([*earned, "recipient.refund_last"]).giver.state.ends.paid == BEGIN + MONTH


def test_transferred_subscription_keeps_its_time_and_its_next_charge() -> None:
    moment = play_pair(["giver.subscribe", "giver.give_days", "transfer"])

    assert moment.recipient.state == play(["subscribe", "give_days"]).state
    assert moment.giver.world.facts == NO_FACTS


def test_search_names_the_shortest_history_that_breaks_a_law() -> None:
    def nobody_pays_twice(moment: object) -> str | None:
        return "two payments" if len(moment.world.facts.paid) > 1 else None  # type: ignore[attr-defined]

    findings = explore(2, replace(ONE, laws={"nobody_pays_twice": nobody_pays_twice}))

    assert findings.broken == {"nobody_pays_twice": (("subscribe", "redeem_gift"), "two payments")}
