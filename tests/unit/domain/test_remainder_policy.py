"""Check that the credit of a one-time plan, converted to time of another plan, is never worth more than was paid and
never given twice.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import LIFETIME, AccessKind, Interval, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, new_uuid, uuid_for_another
from subscriptions.domain.money import Money
from subscriptions.domain.services import remainder_policy as policy
from tests.fakes import samples
from tests.fakes.samples import NOON

DAY, HOUR, MICROSECOND = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)


def once(days: int = 30, minor: int = 2900, **more) -> ServicePlan:
    return samples.plan(recurring=False, interval=None, duration_days=days, price=Money(minor, "EUR"), **more)


CURRENT = once()
OWN = {"personal"}
"""Resources of which each customer has one."""
ORDER = samples.order(samples.customer(), CURRENT)
HELD = samples.subscription(ORDER, status=SubscriptionStatus.ACTIVE, provider_ref=None)
PAID = dataclasses.replace(samples.payment(ORDER), subscription_id=HELD.id, amount=CURRENT.price)


def entry(start: timedelta, length: timedelta, kind: LedgerKind = LedgerKind.PAYMENT, payment=PAID, number=1):
    return LedgerEntry(
        id=number,
        subscription_id=HELD.id,
        kind=kind,
        source_key=f"{kind}:{number}",
        starts_at=NOON + start,
        length=length,
        payment_id=payment.id if payment is not None else None,
        created_at=NOON,
    )


BOUGHT = entry(0 * DAY, 30 * DAY)


def moved(at: timedelta, target: ServicePlan, *entries: LedgerEntry, payment=PAID, price: Money | None = None):
    return policy.remainder_of(entries or [BOUGHT], payment, target, price or target.price, NOON + at)


@pytest.mark.parametrize(
    ("at", "target", "credit", "length"),
    [
        pytest.param(18 * DAY, once(), 1160, 12 * DAY, id="of the same price: the same time"),
        pytest.param(18 * DAY, once(minor=4970), 1160, 7 * DAY, id="more expensive: fewer days"),
        pytest.param(18 * DAY, once(minor=1450), 1160, 24 * DAY, id="cheaper: more days and no refund"),
        pytest.param(18 * DAY, once(days=10, minor=1450), 1160, 8 * DAY, id="shorter: converted by the daily price"),
        pytest.param(0 * DAY, once(), 2900, 30 * DAY, id="changed at once: full value"),
        pytest.param(18 * DAY + HOUR / 2, once(), 1157, 11 * DAY + 23 * HOUR, id="rounded down to the hour"),
    ],
)
def test_credit_is_converted_to_time_at_the_price_of_the_new_plan(at, target, credit, length):
    found = moved(at, target)
    assert found == policy.Remainder(
        time=30 * DAY - at, credit=Money(credit, "EUR"), length=length, end=NOON + at + length
    )


def test_large_credit_is_converted_to_time_without_rounding_errors():
    length, price = 1825 * DAY, Money(467_959, "EUR")
    payment = dataclasses.replace(PAID, amount=price)
    found = moved(0 * DAY, once(1825, price.minor), entry(0 * DAY, length), payment=payment)
    assert (found.credit, found.length) == (price, length)


def test_credit_converted_to_a_monthly_plan_follows_the_calendar_month():
    """The plan is a month without automatic renewal. The credit buys a part of the next month, starting now."""
    found = moved(18 * DAY, samples.plan(price=Money(2900, "EUR"), interval=Interval.MONTH))
    assert found is not None
    assert 12 * DAY <= found.length <= 12 * DAY + 10 * HOUR


@pytest.mark.parametrize(
    ("at", "target"),
    [
        pytest.param(29 * DAY + HOUR, once(), id="less than a day"),
        pytest.param(30 * DAY, once(), id="no credit left"),
        pytest.param(-HOUR, once(), id="period not begun"),
        pytest.param(18 * DAY, once(minor=1), id="a hundred years"),
        pytest.param(18 * DAY, once(days=31), id="longer plan with a cheaper day"),
    ],
)
def test_change_without_usable_credit_is_not_offered(at, target):
    assert moved(at, target) is None


def test_plan_in_another_currency_or_free_plan_is_not_offered():
    assert moved(18 * DAY, once(), price=Money(2900, "USD")) is None
    assert moved(18 * DAY, once(), price=Money(0, "EUR")) is None


GIVEN_KINDS = [
    LedgerKind.TOKEN,
    LedgerKind.TRIAL,
    LedgerKind.ADMIN_GRANT,
    LedgerKind.FREE_PERIOD,
]


@pytest.mark.parametrize("kind", GIVEN_KINDS)
def test_granted_time_has_no_credit(kind):
    assert moved(18 * DAY, once(), entry(0 * DAY, 30 * DAY, kind)) is None
    assert moved(18 * DAY, once(), BOUGHT, entry(0 * DAY, 7 * DAY, kind, None, 2)) is None
    # Once the granted time is over, the paid time runs alone.
    before = entry(-7 * DAY, 7 * DAY, kind, None, 0)
    assert moved(18 * DAY, once(), before, BOUGHT) is not None


def test_credit_of_suspended_time_is_preserved():
    rest = entry(3 * DAY, 7 * DAY, LedgerKind.COMPENSATION, None, 2)
    assert moved(18 * DAY, once(), BOUGHT, rest) == dataclasses.replace(
        moved(11 * DAY, once(), BOUGHT), end=NOON + 18 * DAY + moved(11 * DAY, once(), BOUGHT).length
    )


def test_credits_of_two_payments_are_not_combined():
    other = dataclasses.replace(PAID, id=PaymentId(new_uuid()))
    more = entry(10 * DAY, 30 * DAY, payment=other, number=2)
    assert moved(18 * DAY, once(), BOUGHT, more) is None
    assert moved(30 * DAY, once(), BOUGHT, more, payment=other) is not None
    assert moved(30 * DAY, once(), BOUGHT, more) is None


def test_days_revoked_by_staff_have_no_credit():
    taken = entry(18 * DAY, -5 * DAY, LedgerKind.ADMIN_GRANT, None, 2)
    found = moved(18 * DAY, once(), BOUGHT, taken)
    assert found is not None
    assert (found.time, found.credit) == (7 * DAY, Money(676, "EUR"))


def test_moved_credit_is_not_moved_again():
    change = entry(18 * DAY, 12 * DAY, LedgerKind.CHANGE, number=2)
    assert moved(19 * DAY, once(), BOUGHT, change) is None


@pytest.mark.parametrize("kind", [LedgerKind.REFUND, LedgerKind.DISPUTE])
def test_reversed_payment_has_no_credit(kind):
    assert moved(18 * DAY, once(), BOUGHT, entry(17 * DAY, 0 * DAY, kind, number=2)) is None


def test_overpayment_has_no_credit():
    more = dataclasses.replace(PAID, amount=Money(3900, "EUR"), excess=Money(1000, "EUR"))
    assert moved(18 * DAY, once(), payment=more).credit == Money(1160, "EUR")


def test_lifetime_plan_has_no_credit():
    assert moved(18 * DAY, once(), entry(0 * DAY, LIFETIME * DAY)) is None


@pytest.mark.parametrize(
    ("target", "fits"),
    [
        pytest.param(once(minor=9900), True, id="another"),
        pytest.param(once(days=7), True, id="shorter plan"),
        pytest.param(once(days=31), True, id="longer plan after several purchases"),
        pytest.param(CURRENT, False, id="same plan"),
        pytest.param(samples.plan(), False, id="renewing plan"),
        pytest.param(once(minor=0), False, id="free plan"),
        pytest.param(once(days=LIFETIME), False, id="lifetime plan"),
        pytest.param(once(ends_on=date(2030, 1, 1)), False, id="plan with a last day"),
        pytest.param(once(access=AccessKind.VIP_CHANNEL), False, id="the shared channel"),
    ],
)
def test_credit_can_be_moved_only_to_an_eligible_plan(target, fits):
    assert policy.fits(CURRENT, target, OWN) is fits


def test_change_to_a_longer_interval_is_refused():
    month, year = samples.plan(interval=Interval.MONTH), samples.plan(interval=Interval.YEAR)
    assert policy.fits(year, month, OWN)
    assert not policy.fits(month, year, OWN)


def test_credit_of_a_monthly_payment_is_not_converted_to_a_yearly_plan():
    """A price for a month does not determine the daily price for a year, so credit is not converted, whatever the
    current length of the old plan.
    """
    month, year = samples.plan(interval=Interval.MONTH), samples.plan(interval=Interval.YEAR, price=Money(9900, "EUR"))
    assert moved(18 * DAY, year) is None
    assert moved(18 * DAY, month, entry(0 * DAY, 31 * DAY)) is not None
    # From a day that the next month does not have, the month is equally short for both plans.
    late = dataclasses.replace(BOUGHT, starts_at=NOON.replace(month=1, day=31), length=28 * DAY)
    assert policy.remainder_of([late], PAID, month, month.price, late.starts_at + DAY) is not None


def test_plan_change_that_would_lose_the_shared_channel_is_not_offered():
    assert not policy.fits(once(access=AccessKind.VIP_CHANNEL), once(), OWN)


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_only_active_one_time_subscriptions_may_change(status):
    held = dataclasses.replace(HELD, status=status)
    assert policy.may_move(held) is (status is SubscriptionStatus.ACTIVE)
    assert not policy.may_move(dataclasses.replace(held, provider_ref="sub-1"))
    assert not policy.may_move(dataclasses.replace(held, provider=None))


def refund(status: RefundStatus) -> Refund:
    given = Refund.give("acme", "re-1", PAID.id, Money(100, "EUR"), occurred_at=NOON, now=NOON)
    given.status = status
    return given


def test_partially_refunded_payment_gives_no_credit():
    assert policy.counts(HELD, PAID, [], [])
    assert not policy.counts(HELD, PAID, [refund(RefundStatus.GIVEN)], [])
    assert policy.counts(HELD, PAID, [refund(RefundStatus.REVERSED)], [])
    flagged = dataclasses.replace(PAID)
    flagged.raise_flag(FlagReason.SECOND_CAPTURE)
    assert not policy.counts(HELD, flagged, [], [])
    assert not policy.counts(HELD, dataclasses.replace(PAID, part=True), [], [])


def test_payment_gives_credit_to_its_payer_only():
    somebody, elsewhere = CustomerId(new_uuid()), SubscriptionId(new_uuid())
    assert not policy.counts(HELD, dataclasses.replace(PAID, customer_id=somebody), [], [])
    assert not policy.counts(HELD, dataclasses.replace(PAID, subscription_id=elsewhere), [], [])
    assert not policy.counts(HELD, dataclasses.replace(PAID, order_id=OrderId(uuid_for_another())), [], [])


@pytest.mark.parametrize("status", DisputeStatus)
def test_disputed_payment_gives_credit_only_after_a_won_or_closed_dispute(status):
    dispute = Dispute.begin("acme", "dp-1", PAID.id, status, NOON)
    assert policy.counts(HELD, PAID, [], [dispute]) is (status in {DisputeStatus.WON, DisputeStatus.CLOSED})


amounts = st.integers(1, 10**7)
days = st.integers(1, 400)
moments = st.timedeltas(timedelta(), 400 * DAY)


@given(amounts, days, amounts, days, moments)
def test_credit_never_exceeds_the_payment(paid, paid_days, price, plan_days, at):
    payment = dataclasses.replace(PAID, amount=Money(paid, "EUR"))
    target = once(plan_days, price)
    found = moved(at, target, entry(0 * DAY, paid_days * DAY), payment=payment)
    if found is None:
        return
    length = paid_days * DAY
    assert found.time == length - at
    # The credit does not exceed the price of the remaining time, and does not buy more than its value.
    left, whole = found.time // MICROSECOND, length // MICROSECOND
    assert found.credit.minor * whole <= paid * left
    assert price * (found.length // MICROSECOND) <= found.credit.minor * (plan_days * DAY // MICROSECOND)
    assert found.credit.minor <= paid


@given(amounts, days, st.lists(st.tuples(amounts, days, moments), min_size=1, max_size=5), st.randoms())
def test_payment_is_credited_at_most_once_for_any_order_of_ledger_entries(paid, paid_days, wishes, random):
    """After any changes in both directions, the total time costs at most the paid amount."""
    payment = dataclasses.replace(PAID, amount=Money(paid, "EUR"))
    known, had = [entry(0 * DAY, paid_days * DAY)], 0
    for number, (price, plan_days, at) in enumerate(wishes, start=2):
        found = moved(at, once(plan_days, price), *known, payment=payment)
        if found is None:
            continue
        had += 1
        known.append(entry(at, found.length, LedgerKind.CHANGE, number=number))
        random.shuffle(known)
        assert access_until(known) == found.end == NOON + at + found.length
    assert had <= 1


@given(st.timedeltas(HOUR, 29 * DAY), st.timedeltas(timedelta(), 90 * DAY), days, st.booleans(), st.randoms())
def test_reversal_removes_the_moved_credit(at, after, length, disputed, random):
    """A reversal ends the payment at the time of the reversal, together with its moved credit; separately bought time
    remains.
    """
    other = dataclasses.replace(PAID, id=PaymentId(new_uuid()))
    change = entry(at, length * DAY, LedgerKind.CHANGE, number=2)
    cut = entry(after, timedelta(), LedgerKind.DISPUTE if disputed else LedgerKind.REFUND, number=3)
    more = entry(120 * DAY, 30 * DAY, payment=other, number=4)
    known = [BOUGHT, change, cut]
    random.shuffle(known)
    end = max(at, min(after, at + length * DAY))
    assert access_until(known) == NOON + end
    known.append(more)
    random.shuffle(known)
    assert access_until(known) == NOON + max(120 * DAY, end) + 30 * DAY
