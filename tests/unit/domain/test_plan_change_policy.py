"""Plan changes: the plans to which a customer may change, the time of the change, and its price."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import AccessKind, Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services import plan_change_policy as policy
from subscriptions.domain.services.plan_change_policy import ChangeMoment
from tests.fakes import samples
from tests.fakes.samples import NOON

CURRENT = samples.plan()


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        pytest.param({}, True, id="another plan of the same kind"),
        pytest.param({"price": Money(9999, "EUR")}, True, id="more expensive plan"),
        pytest.param({"price": Money(100, "EUR")}, True, id="cheaper plan"),
        pytest.param({"price": Money(2999, "USD")}, False, id="another currency"),
        pytest.param({"interval": Interval.YEAR}, False, id="another period"),
        pytest.param({"interval_count": 3}, False, id="a longer period"),
        pytest.param({"recurring": False, "interval": None, "duration_days": 30}, False, id="plan without renewal"),
        pytest.param({"access": AccessKind.VIP_CHANNEL}, False, id="another kind of channel"),
        pytest.param({"id": CURRENT.id}, False, id="same plan"),
    ],
)
def test_plan_change_requires_another_plan_of_same_currency_period_and_channel_kind(change, fits):
    assert policy.fits(CURRENT, samples.plan(**change), {"personal"}) is fits


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_only_active_subscriptions_billed_by_a_provider_may_change_plan(status):
    subscription = samples.subscription(samples.order(samples.customer(), CURRENT), status=status)
    subscription.current_period_end = NOON + timedelta(days=30)
    assert policy.may_change(subscription) is (status is SubscriptionStatus.ACTIVE)
    subscription.provider_ref = None
    assert not policy.may_change(subscription)


@pytest.mark.parametrize(
    ("target", "moment"),
    [(2998, ChangeMoment.RENEWAL), (2999, ChangeMoment.NOW), (3000, ChangeMoment.NOW)],
    ids=["cheaper: at the renewal", "the same: now", "dearer: now"],
)
def test_change_to_a_cheaper_plan_takes_effect_at_the_renewal(target, moment):
    assert policy.moment_of(Money(2999, "EUR"), samples.plan(price=Money(target, "EUR"))) is moment


def test_second_change_at_the_same_price_takes_effect_at_the_renewal():
    same, dearer = samples.plan(price=Money(2999, "EUR")), samples.plan(price=Money(3000, "EUR"))
    assert policy.moment_of(Money(2999, "EUR"), same, changed_before=True) is ChangeMoment.RENEWAL
    assert policy.moment_of(Money(2999, "EUR"), dearer, changed_before=True) is ChangeMoment.NOW


@pytest.mark.parametrize(
    ("at", "moved", "within"), [(0, True, True), (5, True, True), (-1, True, False), (5, False, False)]
)
def test_plan_change_before_the_current_period_does_not_count_as_a_change_in_the_period(at, moved, within):
    target = samples.plan() if moved else CURRENT
    subscription = samples.subscription(samples.order(samples.customer(), CURRENT))
    change = PlanChange.from_prices(
        subscription.id, (CURRENT.id, CURRENT.price), (target.id, target.price), NOON + timedelta(days=at)
    )
    assert policy.changed_within([change], NOON) is within


money = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "USD"]))


@given(money, money, st.lists(money, max_size=4))
def test_only_current_and_earlier_prices_of_a_subscription_are_recognized_as_its_prices(amount, price, earlier):
    assert policy.is_known_price(amount, price, earlier) is (amount in {price, *earlier})


@given(money, money, st.lists(money, max_size=4))
def test_price_difference_never_exceeds_the_highest_price_of_a_whole_period(amount, price, earlier):
    prices = [item.minor for item in (price, *earlier) if item.currency == amount.currency]
    assert policy.is_difference(amount, price, earlier) is (bool(prices) and amount.minor <= max(prices))


def test_plan_at_a_given_time_is_derived_from_the_plan_changes():
    began, gold, lite = (PlanId(new_uuid()) for _ in range(3))
    mine, price = SubscriptionId(new_uuid()), Money(1, "EUR")

    def went(old: PlanId, new: PlanId, day: int) -> PlanChange:
        return PlanChange.from_prices(mine, (old, price), (new, price), NOON + timedelta(days=day))

    changes = [went(began, gold, 1), went(gold, lite, 5)]
    moments = [NOON + timedelta(days=day) for day in (0, 1, 4, 5)]
    assert [policy.plan_at(changes, moment, lite) for moment in moments] == [began, gold, gold, lite]
    assert policy.plan_at([], NOON, lite) == lite
