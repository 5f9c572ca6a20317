"""Check that an alarm is sent once more when its cause returns after an owner or the watch closed it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.application.messages.announce import Announce
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.telegram import MemoryNotifier
from tests.fakes.units import database

__all__ = ["database"]

OWNERS = frozenset({TelegramId(1), TelegramId(2)})
KEY, KIND = "unknown_price:1:price-1", "unknown_price"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    """The alarm announcer of a shop, with helpers to raise, close and count alarms."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.notifier = MemoryNotifier()
        self._announce = Announce(shop.units, self.notifier, shop.clock, shop.policy, shop.gateways)

    async def raise_alarm(self, at: datetime | None = None, key: str = KEY, kind: str = KIND, **facts: str) -> None:
        """Raise the alarm.

        at: time at which the cause was seen; None for a job of an earlier version, which does not contain the time.
        """
        await self._announce.alarm(key, kind, facts, OWNERS, at)

    async def notified(self) -> int:
        """Return the number of alarm messages sent to owners since the last call."""
        count = len(self.notifier.sent)
        self.notifier.sent.clear()
        return count

    async def close(self, by: int | None) -> None:
        """Close the alarm as an owner, or automatically if `by` is None."""
        alarm = await self.alarm()
        alarm.closed_at, alarm.closed_by = self.shop.clock.now(), TelegramId(by) if by is not None else None
        async with self.shop.units() as uow:
            await uow.alarms.save(alarm)
            await uow.commit()

    async def alarm(self, key: str = KEY) -> Alarm:
        async with self.shop.units() as uow:
            alarm = await uow.alarms.by_key(key, lock=True)
        assert alarm is not None
        return alarm


@pytest.fixture
async def desk(database: str | None) -> AsyncIterator[Desk]:
    """Build the alarm helpers for a shop with in-memory or PostgreSQL repositories."""
    if database is None:
        yield Desk(memory_shop())
        return
    engine = create_engine(database)
    yield Desk(database_shop(engine))
    await engine.dispose()


async def test_alarm_closed_by_an_owner_is_not_repeated_for_a_day_and_then_sent_again(desk: Desk):
    await desk.raise_alarm()
    assert await desk.notified() == 2
    desk.shop.clock.advance(HOUR)
    await desk.close(by=1)
    desk.shop.clock.advance(DAY - HOUR)
    await desk.raise_alarm()
    assert (await desk.notified(), (await desk.alarm()).open) == (0, False)
    desk.shop.clock.advance(HOUR)
    await desk.raise_alarm(price="2")
    assert await desk.notified() == 2
    alarm = await desk.alarm()
    assert (alarm.open, alarm.closed_by, alarm.raised_at) == (True, None, desk.shop.clock.now())
    assert alarm.facts == {"price": "2"}
    desk.shop.clock.advance(HOUR)
    await desk.raise_alarm()
    assert await desk.notified() == 0, "it is open"


async def test_automatically_closed_alarm_is_sent_again_when_its_cause_returns(desk: Desk):
    await desk.raise_alarm()
    await desk.close(by=None)
    desk.shop.clock.advance(HOUR)
    await desk.notified()
    await desk.raise_alarm()
    await desk.raise_alarm()
    assert await desk.notified() == 2
    assert (await desk.alarm()).open


async def test_resent_alarm_reaches_all_owners_after_a_flood_limit(desk: Desk):
    await desk.raise_alarm()
    await desk.close(by=None)
    desk.shop.clock.advance(HOUR)
    at = desk.shop.clock.now()
    await desk.notified()
    desk.notifier.errors.append(RetryLater("flood"))
    with pytest.raises(RetryLater):
        await desk.raise_alarm(at)
    desk.shop.clock.advance(HOUR)
    await desk.raise_alarm(at)
    assert await desk.notified() == 2


async def test_alarm_is_not_reopened_by_a_repeated_job_that_saw_the_cause_before_the_alarm_was_closed(desk: Desk):
    """The job that raises the alarm runs again after the cause is gone."""
    seen = desk.shop.clock.now()
    await desk.raise_alarm(seen)
    await desk.notified()
    desk.shop.clock.advance(HOUR)
    await desk.close(by=None)
    desk.shop.clock.advance(2 * DAY)
    await desk.raise_alarm(seen)
    assert (await desk.notified(), (await desk.alarm()).open) == (0, False)


async def test_alarm_raised_for_an_older_cause_keeps_the_details_of_the_newer_cause(desk: Desk):
    seen = desk.shop.clock.now()
    desk.shop.clock.advance(HOUR)
    await desk.raise_alarm(price="now")
    await desk.raise_alarm(seen, price="then")
    assert (await desk.alarm()).facts == {"price": "now"}


async def test_alarm_that_requires_no_action_is_sent_but_not_kept_open(desk: Desk):
    now = desk.shop.clock.now()
    notified = Alarm.begin("reconciled:1", "reconciled", {}, now)
    notified.closed_at = now
    async with desk.shop.units() as uow:
        assert await uow.alarms.add_if_new(notified)
        await uow.commit()
    await desk.raise_alarm(now, key="reconciled:1", kind="reconciled")
    assert (await desk.notified(), (await desk.alarm("reconciled:1")).open) == (2, False)


async def test_closed_alarm_is_sent_again_although_another_alarm_key_begins_with_its_key(desk: Desk):
    await desk.raise_alarm()
    await desk.close(by=None)
    desk.shop.clock.advance(HOUR)
    await desk.raise_alarm(key=f"{KEY}0")
    await desk.notified()
    await desk.raise_alarm()
    assert await desk.notified() == 2


async def test_closed_alarm_raised_twice_in_database_transactions_is_sent_again_by_one_job(desk: Desk):
    await desk.raise_alarm()
    await desk.close(by=None)
    desk.shop.clock.advance(HOUR)
    at = desk.shop.clock.now()
    for _ in range(2):
        async with desk.shop.units() as uow:
            await raise_once(uow, AlarmRaised(KEY, KIND), desk.shop.clock.now())
            await uow.commit()
        desk.shop.clock.advance(HOUR)
    [job] = await desk.shop.jobs("bot.alarm")
    assert (job["key"], datetime.fromisoformat(job["at"])) == (KEY, at)


def test_alarm_job_payload_of_an_earlier_version_without_a_time_is_parsed():
    assert RaiseAlarm.parse({"v": 1, "key": KEY, "kind": KIND, "facts": {}}).at is None


async def test_open_alarms_are_found_by_key_prefix(desk: Desk):
    for key in ("double:-1", "double:-2", "double_in_use:1", "double%"):
        await desk.raise_alarm(key=key, kind="double_in_use")
    async with desk.shop.units() as uow:
        closed = await uow.alarms.by_key("double:-2", lock=True)
        assert closed is not None
        closed.closed_at = desk.shop.clock.now()
        await uow.alarms.save(closed)
        await uow.commit()
    async with desk.shop.units() as uow:
        assert [alarm.key for alarm in await uow.alarms.open_of("double_in_use", "double:")] == ["double:-1"]


async def test_open_alarms_are_counted_by_kind_and_time(desk: Desk):
    now = desk.shop.clock.now()
    for key, at in (("double:1", now), ("double:2", now - HOUR), ("double:3", now)):
        await desk.raise_alarm(at, key=key, kind="double_in_use")
    await desk.raise_alarm(now)
    async with desk.shop.units() as uow:
        closed = await uow.alarms.by_key("double:3", lock=True)
        assert closed is not None
        closed.closed_at = now
        await uow.alarms.save(closed)
        await uow.commit()
    async with desk.shop.units() as uow:
        assert await uow.alarms.count_beside("double_in_use", now - HOUR / 2, now) == 1
        assert await uow.alarms.count_beside("double_in_use", now - HOUR, now) == 2
        assert await uow.alarms.count_beside(KIND, now, now + HOUR) == 1
