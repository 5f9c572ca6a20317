"""Check that a granted day lasts 24 hours, independent of the calendar and of daylight saving time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.application.vip.code_answers import Activation
from subscriptions.domain.entities.access import AccessStatus
from tests.support.vip import VipShop

MOMENTS = {
    "a second before midnight in Madrid": datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC),
    "midnight in Madrid": datetime(2027, 1, 31, 23, 0, tzinfo=UTC),
    "end of the year": datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    "before clocks go forward": datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),
    "before clocks go back": datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    "repeated hour": datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_grant_of_thirty_days_lasts_thirty_times_24_hours(moment: datetime):
    vip = await VipShop.open()
    vip.shop.clock.advance(moment - vip.shop.clock.now())
    plan = await vip.plan()
    person = await vip.inside(plan)
    vip.shop.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    await vip.bulk_expiry()
    await vip.work()
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE
    outcome = await vip.come(person, plan)
    assert isinstance(outcome, Activation)
    assert (outcome.days_left, outcome.access_end) == (31, moment + timedelta(days=60))
    vip.shop.clock.advance(timedelta(days=30, seconds=1))
    await vip.bulk_expiry()
    await vip.work()
    assert (await vip.access_of(person)).status is AccessStatus.REVOKED
    assert person.telegram_id not in vip.channel.members
