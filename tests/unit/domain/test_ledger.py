"""Check that the end of access does not depend on the order in which the ledger entries arrived."""

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
    was_bought_after,
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


def test_empty_ledger_gives_no_end_of_access():
    assert access_until([]) is None


def test_contiguous_provider_periods_give_access_until_the_end_of_the_last_period():
    assert ends_on([entry(0, 31), entry(31, 28), entry(59, 31)]) == 90


def test_granted_days_are_added_to_a_renewal():
    gift = entry(10, 7, LedgerKind.ADMIN_GRANT)
    assert ends_on([entry(0, 31), gift]) == 38
    assert ends_on([entry(0, 31), gift, entry(31, 28)]) == 66


def test_gap_between_paid_periods_adds_no_access_time():
    assert ends_on([entry(0, 30), entry(60, 30)]) == 90


def test_full_refund_removes_the_unused_time_of_its_payment():
    payment = PaymentId(new_uuid())
    paid = entry(0, 30, payment=payment, number=1)
    cut = entry(12, 0, LedgerKind.REFUND, payment, number=2)
    assert ends_on([paid, cut]) == 12
    assert ends_on([cut, paid]) == 12


def test_refund_leaves_other_entries_unchanged():
    payment = PaymentId(new_uuid())
    other = entry(30, 30, number=3)
    cut = entry(5, 0, LedgerKind.REFUND, payment, number=2)
    assert ends_on([entry(0, 30, payment=payment, number=1), cut, other]) == 60


def test_reversal_of_a_payment_for_a_future_period_removes_the_whole_period():
    payment = PaymentId(new_uuid())
    later = entry(30, 30, payment=payment, number=2)
    cut = entry(10, 0, LedgerKind.DISPUTE, payment, number=3)
    assert ends_on([entry(0, 30, number=1), later, cut]) == 30


@given(entries, st.randoms())
def test_end_of_access_is_independent_of_the_order_of_entries(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert access_until(shuffled) == access_until(items)


@given(entries)
def test_additional_time_granting_entries_never_shorten_access(items):
    ends = [access_until(items[: count + 1]) for count in range(len(items))]
    assert all(later >= earlier for earlier, later in pairwise(ends))


def test_ledger_entry_of_zero_length_removes_no_granted_day() -> None:
    kept_out = entry(0, 1, LedgerKind.COMPENSATION, number=1)
    assert ends_on([kept_out]) == ends_on([kept_out, entry(1, 0, number=2)]) == 1


@given(entries)
def test_access_never_exceeds_the_granted_time(items):
    first = min(item.starts_at for item in items)
    last = max(item.starts_at for item in items)
    end = access_until(items)
    assert end is not None
    assert end <= max(first, last) + sum((item.length for item in items), timedelta())


def simply(items) -> datetime:
    """Calculate the end of access in a simpler way than the product: a suspension adds its length like
    any other entry.
    """
    end = None
    for item in sorted(items, key=lambda each: (each.starts_at, each.id)):
        end = (item.starts_at if end is None else max(item.starts_at, end)) + item.length
    assert end is not None
    return end


@given(entries)
def test_suspension_extends_access_by_its_exact_duration(items):
    assert access_until(items) == simply(items)


PAID, OTHER = PaymentId(new_uuid()), PaymentId(new_uuid())


def rest(day: float, days: float, number: int):
    return entry(day, days, LedgerKind.COMPENSATION, number=number)


def test_reversal_removes_suspended_time_of_its_payment():
    paid, cut = entry(0, 30, payment=PAID, number=1), entry(12, 0, LedgerKind.REFUND, PAID, 3)
    assert ends_on([paid, rest(5, 4, 2)]) == 34
    assert ends_on([paid, rest(5, 4, 2), cut]) == 12
    assert ends_on([paid, rest(5, 40, 2), entry(47, 0, LedgerKind.REFUND, PAID, 3)]) == 47


def test_reversal_after_a_suspension_preserves_suspended_time_of_other_entries():
    paid, given = entry(0, 30, payment=PAID, number=1), entry(0, 7, LedgerKind.ADMIN_GRANT, number=2)
    lost = entry(60, 0, LedgerKind.DISPUTE, PAID, 4)
    assert ends_on([paid, given, rest(10, 50, 3), lost]) == 67
    assert left_of([paid, given, rest(10, 50, 3), lost], given.source_key, START + timedelta(days=60)) == timedelta(7)


def test_revoked_days_are_removed_from_the_end_and_only_once():
    """Three days of a granted week are removed: four remain, and the thirty paid days before are complete."""
    paid, given = entry(0, 30, payment=PAID, number=1), entry(0, 7, LedgerKind.ADMIN_GRANT, number=2)
    entries = [paid, given, entry(5, -3, LedgerKind.ADMIN_GRANT, number=3)]
    assert left_of(entries, given.source_key, START + timedelta(days=30)) == timedelta(days=4)
    assert left_of(entries, paid.source_key, START + timedelta(days=10)) == timedelta(days=20)
    more = [*entries, entry(6, -10, LedgerKind.ADMIN_GRANT, number=4), entry(30, 30, number=5)]
    assert left_of(more, given.source_key, START) == timedelta()
    assert left_of(more, paid.source_key, START) == timedelta(days=24)
    assert (ends_on(entries), ends_on(more)) == (34, 60)


def test_days_revoked_from_a_payment_are_not_removed_again_by_its_reversal():
    """Staff removes thirty days, the whole time of the second payment. The reversal of that payment then removes
    nothing more.
    """
    first, second = entry(0, 30, payment=PAID, number=1), entry(13, 30, payment=OTHER, number=2)
    loss, cut = entry(14, -30, LedgerKind.ADMIN_GRANT, number=3), entry(15, 0, LedgerKind.REFUND, OTHER, 4)
    assert ends_on([first, second, loss]) == ends_on([first, second, loss, cut]) == 30
    later = entry(16, -5, LedgerKind.ADMIN_GRANT, number=5)
    assert ends_on([first, second, cut, later]) == 25


def test_reversed_referral_days_do_not_affect_the_later_payment():
    """First the referral week is reversed, then a later paid month is refunded. The first month is unchanged."""
    paid, later = entry(0, 30, payment=PAID, number=1), entry(5, 30, payment=OTHER, number=3)
    week = replace(entry(1, 7, LedgerKind.ADMIN_GRANT, number=2), source_key="referral:1")
    back = replace(entry(6, -7, LedgerKind.ADMIN_GRANT, number=4), source_key=f"referral:1{REVERSAL_SUFFIX}")
    assert ends_on([paid, week, later, back]) == 60
    assert ends_on([paid, week, later, back, entry(8, 0, LedgerKind.REFUND, OTHER, 5)]) == 30


def test_ledger_entry_of_zero_length_does_not_change_the_end_of_access():
    """Such an entry is created if the price difference of a plan change is paid in the grace period."""
    assert ends_on([entry(0, 30, payment=PAID, number=1), entry(32, 0, payment=OTHER, number=2)]) == 30


def test_days_revoked_during_a_suspension_are_not_restored():
    entries = [entry(0, 30, payment=PAID, number=1), rest(10, 50, 2), entry(20, -5, LedgerKind.ADMIN_GRANT, number=3)]
    assert ends_on(entries) == 75
    assert left_of(entries, entries[0].source_key, START + timedelta(days=60)) == timedelta(days=15)


def test_payment_whose_time_was_suspended_is_not_used_up():
    at = START + timedelta(days=60)
    bought = [entry(0, 30, payment=PAID, number=1), entry(0, 30, payment=OTHER, number=2)]
    assert was_past(bought, [PAID], at)
    assert not was_past([*bought, rest(10, 50, 3)], [PAID], at)


def test_payment_is_used_up_while_compensation_for_an_uncharged_period_still_gives_access():
    paid = entry(0, 30, payment=PAID, number=1)
    bridge = replace(entry(30, 7, LedgerKind.COMPENSATION, number=2), source_key=f"{UNCHARGED_SOURCE}:1")
    assert was_past([paid, bridge], [PAID], START + timedelta(days=33))
    assert not was_past([paid, bridge], [PAID], START + timedelta(days=29))


def test_granted_days_that_are_over_make_no_payment_used_up():
    """A charge failed after the granted days, and the grace period follows the last payment."""
    month, grant = entry(0, 30, payment=PAID, number=1), entry(10, 7, LedgerKind.ADMIN_GRANT, number=2)
    assert was_past([month, grant], [PAID], START + timedelta(days=31))
    assert not was_past([month, grant], [PAID], START + timedelta(days=38))
    assert was_past([month, grant, entry(37, 1, payment=OTHER, number=3)], [PAID], START + timedelta(days=40))


def test_price_difference_is_no_paid_period_after_granted_days():
    """The plan was changed for a price difference after days were granted; both follow the paid month."""
    month, grant = entry(0, 30, payment=PAID), entry(10, 7, LedgerKind.ADMIN_GRANT)
    difference = entry(15, 0, payment=PaymentId(new_uuid()))
    at = START + timedelta(days=31)
    assert was_past([month, grant, difference], [PAID], at)
    assert not was_bought_after([month, grant, difference], [PAID], at)
    assert was_bought_after([month, grant, difference, entry(37, 30, payment=PaymentId(new_uuid()))], [PAID], at)


def test_days_that_cover_an_uncharged_period_remain_after_a_refund():
    bridge = replace(entry(10, 7, LedgerKind.COMPENSATION, number=2), source_key=f"{UNCHARGED_SOURCE}:1")
    cut = entry(12, 0, LedgerKind.REFUND, PAID, 3)
    assert ends_on([entry(0, 30, payment=PAID, number=1), bridge, cut]) == 19


def used(entries, day: float, *payments: PaymentId) -> tuple[float, float]:
    ran, length = use_of(entries, payments or (PAID,), START + timedelta(days=day))
    return ran / timedelta(days=1), length / timedelta(days=1)


def test_used_time_of_a_payment_starts_after_earlier_granted_days_and_excludes_suspensions():
    """Thirty paid days follow forty granted ones, and ten of them were suspended."""
    code, paid = entry(0, 40, LedgerKind.TOKEN, number=1), entry(5, 30, payment=PAID, number=2)
    assert used([code, paid], 10) == (0, 30)
    assert used([code, paid], 55) == (15, 30)
    assert used([code, paid, rest(45, 10, 3)], 55) == (5, 30)
    assert used([code, paid, rest(45, 10, 3)], 99) == (30, 30)
    assert used([code], 10) == (0, 0)


def test_revoked_days_do_not_count_as_used():
    paid, loss = entry(0, 30, payment=PAID, number=1), entry(3, -10, LedgerKind.ADMIN_GRANT, number=2)
    assert used([paid, loss], 5) == (5, 30)
    assert used([paid, loss], 25) == (20, 30)


def test_used_time_after_a_plan_change_is_converted_to_time_of_the_original_payment():
    """Twenty of thirty days were converted to ten days of a more expensive plan: half of these days equal ten paid
    days.
    """
    paid, change = entry(0, 30, payment=PAID, number=1), entry(10, 10, LedgerKind.CHANGE, PAID, 2)
    assert used([paid, change], 10) == (10, 30)
    assert used([paid, change], 15) == (20, 30)
    assert used([paid, change], 20) == (30, 30)
