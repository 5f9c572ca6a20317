"""Check that work scheduled while the clock was wrong is found when the clock is correct again, and runs when it is
due.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from subscriptions.application.alarms.watch_clock import LAST_SEEN
from subscriptions.application.expiry.mend_schedule import FARTHEST, MEND_EVERY, SETBACK, MendSchedule
from subscriptions.domain.entities.subscription import Subscription
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop


class Repair:
    """Shop whose clock was wrong, and the repair of its schedule."""

    def __init__(self) -> None:
        self.shop: Shop = memory_shop()
        self.looked: list[datetime] = []
        self.mend = MendSchedule(self.shop.units, self.shop.clock, self.look_now)

    async def look_now(self, now: datetime) -> int:
        """Record the call that checks all scheduled work."""
        self.looked.append(now)
        return 3

    async def sold(self, next_check_at: datetime | None, next_reminder_at: datetime | None) -> Subscription:
        """Add a live subscription with thirty days left."""
        subscription = samples.given(
            await self.shop.customer(),
            await self.shop.plan(soft_id=f"plan-{next_check_at is None}-{next_reminder_at is None}".lower()),
            self.shop.clock.now() + timedelta(days=30),
            next_check_at=next_check_at,
            next_reminder_at=next_reminder_at,
        )
        async with self.shop.units() as uow:
            await uow.subscriptions.save(subscription)
            await uow.commit()
        return subscription

    async def seen(self, ahead: timedelta) -> None:
        """Record that a process accepted a timestamp that is `ahead` of the current time."""
        async with self.shop.units() as uow:
            await uow.variables.set(LAST_SEEN, self.shop.clock.now() + ahead)
            await uow.commit()

    async def kept(self, subscription: Subscription) -> Subscription:
        """Return the stored subscription."""
        async with self.shop.units() as uow:
            found = await uow.subscriptions.get(subscription.id)
        assert found is not None
        return found


async def test_check_scheduled_too_far_ahead_is_rescheduled() -> None:
    repair = Repair()
    now = repair.shop.clock.now()
    wrong = await repair.sold(now + timedelta(days=40), None)
    right = await repair.sold(now + FARTHEST, now + timedelta(days=27))
    assert not await repair.mend()
    assert (await repair.kept(wrong)).next_check_at is None
    assert await repair.kept(right) == right
    assert not repair.looked


async def test_clock_that_was_ahead_triggers_one_repair_of_the_schedule() -> None:
    repair = Repair()
    assert not await repair.mend()
    repair.shop.clock.advance(timedelta(days=40))
    assert not await repair.mend()
    repair.shop.clock.advance(timedelta(days=-40))
    assert await repair.mend()
    assert not await repair.mend()
    assert len(repair.looked) == 1


async def test_all_scheduled_times_are_checked_once_after_the_clock_was_set_back() -> None:
    repair = Repair()
    now = repair.shop.clock.now()
    reminded = await repair.sold(None, now + timedelta(days=67))
    account = samples.account(next_create_at=now + timedelta(days=40), flood_until={"*": "2026-04-10T12:00:00+00:00"})
    async with repair.shop.units() as uow:
        assert await uow.accounts.add_if_new(account)
        await uow.variables.raise_to(LAST_SEEN, now + timedelta(days=40))
        await uow.commit()
    assert await repair.mend()
    assert repair.looked == [now]
    assert (await repair.kept(reminded)).next_reminder_at is None
    async with repair.shop.units() as uow:
        (mended,) = await uow.accounts.all()
    assert mended.may_create_from(now) == now
    assert await repair.shop.alarms() == ["clock_went_back"]
    assert not await repair.mend(), "once"


async def test_small_clock_difference_is_ignored() -> None:
    repair = Repair()
    await repair.seen(SETBACK)
    assert not await repair.mend()
    await repair.seen(SETBACK + timedelta(seconds=1))
    assert await repair.mend()


async def test_schedule_is_repaired_at_most_hourly_when_host_clocks_differ() -> None:
    repair = Repair()
    await repair.seen(timedelta(days=40))
    assert await repair.mend()
    await repair.seen(timedelta(days=40))
    assert not await repair.mend()
    repair.shop.clock.advance(MEND_EVERY)
    assert await repair.mend()
    assert len(repair.looked) == 2


async def test_flood_wait_of_less_than_a_day_is_kept_when_the_schedule_is_repaired() -> None:
    repair = Repair()
    now = repair.shop.clock.now()
    ordered = (now + timedelta(hours=23)).isoformat()
    wrong = (now + timedelta(days=40)).isoformat()
    account = samples.account(flood_until={"*": ordered, "channels.createChannel": wrong})
    async with repair.shop.units() as uow:
        assert await uow.accounts.add_if_new(account)
        await uow.commit()
    await repair.seen(timedelta(days=40))
    assert await repair.mend()
    async with repair.shop.units() as uow:
        (mended,) = await uow.accounts.all()
    assert mended.flood_until == {"*": ordered}
