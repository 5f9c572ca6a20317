"""Check that an account that cannot connect is retried at growing intervals and reported after a while, and that its
alarm closes automatically.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from subscriptions.application import routing
from subscriptions.application.accounts.account_care import LONGEST_PAUSE, REPORTED_AFTER, AccountCare
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, Unreachable
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.unit_of_work import MemoryUnitOfWork

ALARM = "account_unreachable"


class Line(MemoryTelegram):
    """Telegram behind a connection that a test can cut."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.cut = True
        self.tries = 0

    @asynccontextmanager
    async def _open(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        self.tries += 1
        if self.cut:
            raise Unreachable("connect: ConnectionError")
        async with super()._open(account) as telegram:
            yield telegram


class Office:
    """One userbot account, its connection to Telegram, and the alarms about it."""

    def __init__(self) -> None:
        self.memory, self.clock, self.account = Memory(), ManualClock(samples.NOON), samples.account()
        self.line = Line(self.clock)
        self.care = AccountCare(self.units, self.line, self.clock)

    def units(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def work(self) -> None:
        async with self.care.at_work(self.account):
            pass

    async def open_alarm(self) -> Mapping[str, str] | None:
        """Return the facts of the open alarm, or None."""
        async with self.units() as uow:
            newest = await uow.alarms.newest(ALARM, f"{ALARM}:{self.account.id}:")
            return newest.facts if newest is not None and newest.open else None


async def test_failing_connection_is_retried_at_growing_intervals_and_reported() -> None:
    office = Office()
    for _ in range(3600):
        with pytest.raises(RetryLater):
            await office.work()
        office.clock.advance(timedelta(seconds=1))
        if office.clock.now() - samples.NOON == REPORTED_AFTER - timedelta(seconds=1):
            assert not await office.open_alarm()
    # Not 1,800 times: after 2, 4, 8, 16 and 32 seconds, then once a minute.
    assert office.line.tries <= 5 + timedelta(hours=1) // LONGEST_PAUSE + 1
    assert await office.open_alarm() == {"account": "0", "since": f"{samples.NOON:%Y-%m-%d %H:%M} UTC"}

    office.line.cut = False
    office.clock.advance(LONGEST_PAUSE)
    await office.work()
    assert not await office.open_alarm()
    office.line.cut = True
    with pytest.raises(Unreachable):
        await office.work()
    assert not await office.open_alarm()


async def test_unreachable_account_alarm_is_closed_by_the_first_connection_of_any_process() -> None:
    office = Office()
    with pytest.raises(RetryLater):
        await office.work()
    office.clock.advance(REPORTED_AFTER)
    with pytest.raises(Unreachable):
        await office.work()
    assert await office.open_alarm()
    office.line.cut = False
    office.care = AccountCare(office.units, office.line, office.clock)
    await office.work()
    assert not await office.open_alarm()
