"""The end of access is a fold that does not care in which order its entries arrived."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import (
    REVERSAL_SUFFIX,
    UNCHARGED_SOURCE,
    LedgerEntry,
    LedgerKind,
    access_until,
    left_of,
    use_of,
    was_past,
)
from subscriptions.domain.ids import PaymentId, SubscriptionId, new_uuid

START = datetime(2026, 1, 1, tzinfo=UTC)
SUBSCRIPTION = SubscriptionId(new_uuid())
GIVING = [kind for kind in LedgerKind if kind not in {LedgerKind.REFUND, LedgerKind.DISPUTE}]


def entry(
    day: float, days: float, kind: LedgerKind = LedgerKind.PAYMENT, payment: PaymentId | None = None, number=None
):
    return LedgerEntry(
        id=number,
        subscription_id=SUBSCRIPTION,
        kind=kind,
        source_key=f"{day}:{days}:{number}",
        starts_at=START + timedelta(days=day),
        length=timedelta(days=days),
        payment_id=payment,
        created_at=START,
    )


def ends_on(entries) -> float:
    end = access_until(entries)
    assert end is not None
    return (end - START) / timedelta(days=1)


entries = st.lists(
    st.builds(
        entry,
        st.integers(0, 400),
        st.integers(1, 90),
        st.sampled_from(GIVING),
        st.none(),
        st.integers(1, 1_000_000),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda item: item.id,
)


def test_nothing_gives_nothing():
    assert access_until([]) is None


def test_billing_by_the_provider_ends_when_the_provider_says():
    assert ends_on([entry(0, 31), entry(31, 28), entry(59, 31)]) == 90


def test_a_gift_is_added_to_a_renewal_and_not_swallowed_by_it():
    gift = entry(10, 7, LedgerKind.ADMIN_GRANT)
    assert ends_on([entry(0, 31), gift]) == 38
    assert ends_on([entry(0, 31), gift, entry(31, 28)]) == 66


def test_a_gap_between_entries_is_not_given_away():
    assert ends_on([entry(0, 30), entry(60, 30)]) == 90


def test_a_full_refund_cuts_its_own_payment_to_what_had_run():
    payment = PaymentId(new_uuid())
    paid = entry(0, 30, payment=payment, number=1)
    cut = entry(12, 0, LedgerKind.REFUND, payment, number=2)
    assert ends_on([paid, cut]) == 12
    assert ends_on([cut, paid]) == 12


def test_a_refund_leaves_other_entries_alone():
    payment = PaymentId(new_uuid())
    other = entry(30, 30, number=3)
    cut = entry(5, 0, LedgerKind.REFUND, payment, number=2)
    assert ends_on([entry(0, 30, payment=payment, number=1), cut, other]) == 60


def test_a_refund_before_its_payment_runs_takes_all_of_it():
    payment = PaymentId(new_uuid())
    later = entry(30, 30, payment=payment, number=2)
    cut = entry(10, 0, LedgerKind.DISPUTE, payment, number=3)
    assert ends_on([entry(0, 30, number=1), later, cut]) == 30


@given(entries, st.randoms())
def test_order_of_arrival_does_not_matter(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert access_until(shuffled) == access_until(items)


@given(entries)
def test_more_entries_never_shorten_access(items):
    ends = [access_until(items[: count + 1]) for count in range(len(items))]
    assert all(later >= earlier for earlier, later in pairwise(ends))


def test_what_counts_for_nothing_takes_no_day_that_was_given_for_another() -> None:
    kept_out = entry(0, 1, LedgerKind.COMPENSATION, number=1)
    assert ends_on([kept_out]) == ends_on([kept_out, entry(1, 0, number=2)]) == 1


@given(entries)
def test_nobody_gets_more_than_was_given(items):
    first = min(item.starts_at for item in items)
    last = max(item.starts_at for item in items)
    end = access_until(items)
    assert end is not None
    assert end <= max(first, last) + sum((item.length for item in items), timedelta())


def simply(items) -> datetime:
    """The fold that knows of no rest: a rest is as much time, wherever it lies."""
    end = None
    for item in sorted(items, key=lambda each: (each.starts_at, each.id)):
        end = (item.starts_at if end is None else max(item.starts_at, end)) + item.length
    assert end is not None
    return end


@given(entries)
def test_what_stands_still_is_had_afterwards_to_the_day(items):
    assert access_until(items) == simply(items)


PAID, OTHER = PaymentId(new_uuid()), PaymentId(new_uuid())


def rest(day: float, days: float, number: int):
    return entry(day, days, LedgerKind.COMPENSATION, number=number)


def test_money_that_goes_back_takes_also_what_stood_still_of_its_time():
    paid, cut = entry(0, 30, payment=PAID, number=1), entry(12, 0, LedgerKind.REFUND, PAID, 3)
    assert ends_on([paid, rest(5, 4, 2)]) == 34
    assert ends_on([paid, rest(5, 4, 2), cut]) == 12
    assert ends_on([paid, rest(5, 40, 2), entry(47, 0, LedgerKind.REFUND, PAID, 3)]) == 47


def test_what_is_taken_back_after_a_rest_leaves_what_stood_still_of_other_time():
    paid, given = entry(0, 30, payment=PAID, number=1), entry(0, 7, LedgerKind.ADMIN_GRANT, number=2)
    lost = entry(60, 0, LedgerKind.DISPUTE, PAID, 4)
    assert ends_on([paid, given, rest(10, 50, 3), lost]) == 67
    assert left_of([paid, given, rest(10, 50, 3), lost], given.source_key, START + timedelta(days=60)) == timedelta(7)


def test_days_that_are_taken_come_off_the_end_and_are_not_taken_twice():
    """Of a week that was given, three days are taken: four of it are left, and the thirty before it are whole."""
    paid, given = entry(0, 30, payment=PAID, number=1), entry(0, 7, LedgerKind.ADMIN_GRANT, number=2)
    entries = [paid, given, entry(5, -3, LedgerKind.ADMIN_GRANT, number=3)]
    assert left_of(entries, given.source_key, START + timedelta(days=30)) == timedelta(days=4)
    assert left_of(entries, paid.source_key, START + timedelta(days=10)) == timedelta(days=20)
    more = [*entries, entry(6, -10, LedgerKind.ADMIN_GRANT, number=4), entry(30, 30, number=5)]
    assert left_of(more, given.source_key, START) == timedelta()
    assert left_of(more, paid.source_key, START) == timedelta(days=24)
    assert (ends_on(entries), ends_on(more)) == (34, 60)


def test_days_that_were_taken_of_a_payment_are_not_taken_of_other_time_once_it_goes_back():
    """Staff takes thirty days, all of what the second payment had: with it nothing more goes."""
    first, second = entry(0, 30, payment=PAID, number=1), entry(13, 30, payment=OTHER, number=2)
    loss, cut = entry(14, -30, LedgerKind.ADMIN_GRANT, number=3), entry(15, 0, LedgerKind.REFUND, OTHER, 4)
    assert ends_on([first, second, loss]) == ends_on([first, second, loss, cut]) == 30
    later = entry(16, -5, LedgerKind.ADMIN_GRANT, number=5)
    assert ends_on([first, second, cut, later]) == 25


def test_what_takes_back_its_own_days_leaves_what_was_paid_after_them():
    """A week for a friend goes back beside a month that was paid later, and then that month: the rest is as it was."""
    paid, later = entry(0, 30, payment=PAID, number=1), entry(5, 30, payment=OTHER, number=3)
    week = replace(entry(1, 7, LedgerKind.ADMIN_GRANT, number=2), source_key="referral:1")
    back = replace(entry(6, -7, LedgerKind.ADMIN_GRANT, number=4), source_key=f"referral:1{REVERSAL_SUFFIX}")
    assert ends_on([paid, week, later, back]) == 60
    assert ends_on([paid, week, later, back, entry(8, 0, LedgerKind.REFUND, OTHER, 5)]) == 30


def test_what_has_no_length_moves_no_end():
    """The difference for another plan is paid in the days of grace."""
    assert ends_on([entry(0, 30, payment=PAID, number=1), entry(32, 0, payment=OTHER, number=2)]) == 30


def test_days_that_are_taken_of_what_stands_still_are_not_had_after_the_rest():
    entries = [entry(0, 30, payment=PAID, number=1), rest(10, 50, 2), entry(20, -5, LedgerKind.ADMIN_GRANT, number=3)]
    assert ends_on(entries) == 75
    assert left_of(entries, entries[0].source_key, START + timedelta(days=60)) == timedelta(days=15)


def test_nothing_is_past_that_stood_still():
    at = START + timedelta(days=60)
    bought = [entry(0, 30, payment=PAID, number=1), entry(0, 30, payment=OTHER, number=2)]
    assert was_past(bought, [PAID], at)
    assert not was_past([*bought, rest(10, 50, 3)], [PAID], at)


def test_days_that_bridge_the_time_until_a_charge_are_time_by_themselves():
    bridge = replace(entry(10, 7, LedgerKind.COMPENSATION, number=2), source_key=f"{UNCHARGED_SOURCE}:1")
    cut = entry(12, 0, LedgerKind.REFUND, PAID, 3)
    assert ends_on([entry(0, 30, payment=PAID, number=1), bridge, cut]) == 19


def used(entries, day: float, *payments: PaymentId) -> tuple[float, float]:
    ran, length = use_of(entries, payments or (PAID,), START + timedelta(days=day))
    return ran / timedelta(days=1), length / timedelta(days=1)


def test_how_much_of_what_was_paid_has_run_goes_by_its_place():
    """Thirty days behind forty that were given, and ten of them stood still."""
    code, paid = entry(0, 40, LedgerKind.TOKEN, number=1), entry(5, 30, payment=PAID, number=2)
    assert used([code, paid], 10) == (0, 30)
    assert used([code, paid], 55) == (15, 30)
    assert used([code, paid, rest(45, 10, 3)], 55) == (5, 30)
    assert used([code, paid, rest(45, 10, 3)], 99) == (30, 30)
    assert used([code], 10) == (0, 0)


def test_days_that_were_taken_of_it_did_not_run():
    paid, loss = entry(0, 30, payment=PAID, number=1), entry(3, -10, LedgerKind.ADMIN_GRANT, number=2)
    assert used([paid, loss], 5) == (5, 30)
    assert used([paid, loss], 25) == (20, 30)


def test_what_went_over_to_another_plan_runs_as_the_part_that_it_was():
    """Of thirty days twenty went over as ten of a dearer plan: half of these are ten of what was paid."""
    paid, change = entry(0, 30, payment=PAID, number=1), entry(10, 10, LedgerKind.CHANGE, PAID, 2)
    assert used([paid, change], 10) == (10, 30)
    assert used([paid, change], 15) == (20, 30)
    assert used([paid, change], 20) == (30, 30)
