"""Check that time keeps the plan that it was bought or granted for, whatever switches of the plan follow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import (
    LedgerEntry,
    LedgerKind,
    access_until,
    left_of,
    length_waiting,
    plan_billed,
    plan_in_effect,
    use_of,
    waiting_time,
)
from subscriptions.domain.ids import PaymentId, PlanId, SubscriptionId, new_uuid

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SUBSCRIPTION = SubscriptionId(new_uuid())
LITE, GOLD, TASTE = PlanId(new_uuid()), PlanId(new_uuid()), PlanId(new_uuid())


def entry(
    day: float,
    days: float,
    plan: PlanId | None = LITE,
    kind: LedgerKind = LedgerKind.PAYMENT,
    payment: PaymentId | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=SUBSCRIPTION,
        kind=kind,
        source_key=f"{kind}:{day}:{days}",
        starts_at=START + day * DAY,
        length=days * DAY,
        payment_id=payment,
        plan_id=plan,
        created_at=START,
    )


def gift(day: float, days: float, plan: PlanId | None = LITE, payment: PaymentId | None = None) -> LedgerEntry:
    return entry(day, days, plan, LedgerKind.TOKEN, payment)


def switch(day: float, before: PlanId, after: PlanId) -> LedgerEntry:
    return replace(entry(day, 0, after, LedgerKind.CHANGE), changed_from=before, source_key=f"switch:{day}")


def ends_on(entries: Sequence[LedgerEntry]) -> float:
    end = access_until(entries)
    assert end is not None
    return (end - START) / DAY


def waits(entries: Sequence[LedgerEntry], plan: PlanId) -> float:
    return sum((length for _, length in waiting_time(entries).get(plan, ())), timedelta()) / DAY


def test_days_of_the_cheaper_plan_wait_after_an_upgrade():
    entries = [entry(0, 30), gift(1, 180), switch(10, LITE, GOLD)]
    assert (ends_on(entries), waits(entries, LITE), waits(entries, GOLD)) == (30, 180, 0)


def test_period_charged_in_advance_goes_over_to_a_third_plan_that_is_charged_from_now():
    used_first = [entry(0, 30, GOLD), gift(1, 7, GOLD), switch(30, GOLD, GOLD), entry(30, 30, LITE)]
    changed = [*used_first, replace(switch(33, LITE, TASTE), source_key="carry:33"), switch(33, GOLD, GOLD)]
    assert ends_on(changed) == 37
    entries = [*changed, switch(37, GOLD, TASTE)]
    assert (ends_on(entries), waits(entries, LITE)) == (64, 3)


def test_change_back_at_once_restores_the_time():
    entries = [entry(0, 30), gift(1, 180), switch(10, LITE, GOLD), switch(10, GOLD, LITE)]
    assert (ends_on(entries), waiting_time(entries)) == (210, {})


def test_waiting_days_run_again_after_a_change_back():
    entries = [entry(0, 30), gift(1, 7), switch(10, LITE, GOLD), entry(30, 30, GOLD), switch(60, GOLD, LITE)]
    assert (ends_on([*entries, entry(60, 30)]), waiting_time(entries)) == (97, {})


def test_no_more_than_the_provider_s_rest_of_the_period_goes_along():
    bought_before = [entry(0, 30), entry(10, 30), switch(15, LITE, GOLD)]
    assert (ends_on(bought_before), waits(bought_before, LITE)) == (40, 20)


def test_period_of_the_new_plan_begins_with_the_switch():
    entries = [entry(0, 30), gift(1, 7), switch(30, LITE, GOLD), entry(30, 30, GOLD)]
    assert (ends_on(entries), waits(entries, LITE)) == (60, 7)


def test_refund_ends_the_waiting_days_of_its_payment_alone():
    bought = PaymentId(new_uuid())
    entries = [entry(0, 30), gift(1, 30, payment=bought), gift(2, 7), switch(10, LITE, GOLD)]
    refund = entry(15, 0, None, LedgerKind.REFUND, bought)
    assert (ends_on([*entries, refund]), waits([*entries, refund], LITE)) == (30, 7)


def test_refund_of_the_period_ends_its_rest_on_the_other_plan():
    base = PaymentId(new_uuid())
    entries = [entry(0, 30, payment=base), gift(1, 30), switch(10, LITE, GOLD)]
    refund = entry(15, 0, None, LedgerKind.REFUND, base)
    assert (ends_on([*entries, refund]), waits([*entries, refund], LITE)) == (15, 30)
    before = entry(5, 0, None, LedgerKind.REFUND, base)
    assert waits([*entries, before], GOLD) == 0
    assert waits([*entries, before], LITE) == 25


def test_use_of_a_payment_counts_both_plans_once():
    base = PaymentId(new_uuid())
    entries = [entry(0, 30, payment=base), switch(10, LITE, GOLD)]
    assert use_of(entries, [base], START + 20 * DAY) == (20 * DAY, 30 * DAY)


def test_waiting_days_are_left_whole():
    days = gift(1, 40)
    entries = [entry(0, 30), days, switch(10, LITE, GOLD)]
    assert left_of(entries, days.source_key, START + 200 * DAY) == 40 * DAY


def test_suspension_on_the_other_plan_does_not_lengthen_waiting_days():
    hold = entry(20, 5, GOLD, LedgerKind.COMPENSATION)
    entries = [entry(0, 30), gift(1, 40), switch(10, LITE, GOLD), hold]
    assert (ends_on(entries), waits(entries, LITE)) == (35, 40)


def test_days_taken_by_staff_are_those_that_run():
    taken = entry(12, -3, GOLD, LedgerKind.ADMIN_GRANT)
    entries = [entry(0, 30), gift(1, 40), switch(10, LITE, GOLD), taken]
    assert (ends_on(entries), waits(entries, LITE)) == (27, 40)


def test_entries_of_an_earlier_version_belong_to_the_first_plan():
    entries = [entry(0, 30, None), gift(1, 40, None), switch(10, LITE, GOLD)]
    assert (ends_on(entries), waits(entries, LITE)) == (30, 40)
    assert (plan_in_effect(entries, START), plan_in_effect(entries, START + 20 * DAY)) == (LITE, GOLD)


def test_plan_charged_in_advance_is_that_of_later_periods():
    entries = [entry(0, 30, GOLD), gift(1, 40, GOLD), switch(30, GOLD, GOLD), entry(30, 30, LITE)]
    assert (ends_on(entries), waits(entries, LITE)) == (70, 30)
    assert [plan_billed(entries, START + day * DAY, GOLD, LITE) for day in (0, 30)] == [GOLD, LITE]


def test_plan_of_a_payment_recorded_after_the_plan_began_is_that_charged_in_advance():
    entries = [entry(0, 30, GOLD), gift(1, 7, GOLD), switch(30, GOLD, GOLD), switch(37, GOLD, LITE)]
    assert [plan_billed(entries, START + day * DAY, LITE, None) for day in (0, 30, 40)] == [GOLD, LITE, LITE]
    assert ends_on([*entries, entry(30, 30, LITE)]) == 67


@given(st.permutations([entry(0, 30), gift(1, 9), gift(12, 4, GOLD), switch(10, LITE, GOLD), switch(20, GOLD, LITE)]))
def test_result_does_not_depend_on_the_order_of_arrival(entries: list[LedgerEntry]):
    assert (ends_on(entries), waits(entries, GOLD)) == (39, 4)


@given(st.lists(st.integers(1, 29), min_size=1, max_size=6, unique=True), st.integers(1, 50))
def test_changes_neither_create_nor_destroy_time(days: list[int], granted: int):
    plans = [LITE, GOLD]
    switches = [switch(day, plans[number % 2], plans[1 - number % 2]) for number, day in enumerate(sorted(days))]
    entries = [entry(0, 30), gift(0, granted), *switches]
    in_all = ends_on(entries) + waits(entries, LITE) + waits(entries, GOLD)
    assert abs(in_all - 30 - granted) < 1e-6


def test_planned_switch_follows_a_stored_one_of_the_same_time():
    entries = [replace(each, id=number) for number, each in enumerate([gift(0, 40, GOLD), switch(30, GOLD, GOLD)])]
    assert length_waiting(entries, GOLD, switch(30, GOLD, LITE)) == 10 * DAY
