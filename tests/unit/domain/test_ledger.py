"""The end of access is a fold that does not care in which order its entries arrived."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until, ran_between
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
        st.integers(0, 90),
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


@given(entries)
def test_nobody_gets_more_than_was_given(items):
    first = min(item.starts_at for item in items)
    last = max(item.starts_at for item in items)
    end = access_until(items)
    assert end is not None
    assert end <= max(first, last) + sum((item.length for item in items), timedelta())


@given(entries)
def test_all_that_was_given_ran_sooner_or_later(items):
    whole = sum((item.length for item in items), timedelta())
    assert ran_between(items, START, START + timedelta(days=5000)) == whole


@given(entries, st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_what_ran_is_the_sum_of_its_parts(items, days):
    first, second, third = (START + timedelta(days=day) for day in sorted(days))
    parts = ran_between(items, first, second) + ran_between(items, second, third)
    assert ran_between(items, first, third) == parts <= third - first


def test_what_was_cut_does_not_count_among_what_ran():
    disputed, other = PaymentId(new_uuid()), PaymentId(new_uuid())
    paid = [entry(0, 30, payment=disputed, number=1), entry(1, 30, payment=other, number=2)]
    cut = entry(70, 0, LedgerKind.DISPUTE, disputed, 3)
    since, until = START + timedelta(days=5), START + timedelta(days=70)
    assert ran_between(paid, since, until) == timedelta(days=55)
    assert ran_between([*paid, cut], since, until) == timedelta(days=30)
