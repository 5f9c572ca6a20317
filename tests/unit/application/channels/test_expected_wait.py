"""Check that a customer is shown an upper bound of the waiting time, or no time if none can be promised."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.channels.expected_wait import CREATION_TIME, expected_at
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import AccountStatus
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.samples import NOON
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import add_account, buy

PACE, HOUR = timedelta(seconds=90), timedelta(hours=1)


class Queue:
    """Waiting customers and the available accounts."""

    def __init__(self) -> None:
        self.memory, self.clock = Memory(), ManualClock(NOON)

    def units(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.memory)

    async def waits(self, channel: Channel) -> timedelta | None:
        async with self.units() as uow:
            at = await expected_at(uow, channel, NOON)
        return None if at is None else at - NOON - CREATION_TIME


@pytest.fixture
def queue() -> Queue:
    return Queue()


async def test_expected_wait_includes_the_customers_ahead_in_the_queue(queue: Queue) -> None:
    await add_account(queue.units, pace=PACE, next_create_at=NOON + HOUR)
    _, first = await buy(queue.units, queue.clock)
    assert await queue.waits(first) == HOUR
    for _ in range(3):
        await buy(queue.units, queue.clock)
    assert await queue.waits(first) == HOUR + 3 * PACE


async def test_second_customer_in_the_queue_waits_for_the_next_free_account(queue: Queue) -> None:
    for later in (HOUR, 2 * HOUR):
        await add_account(queue.units, pace=3 * HOUR, next_create_at=NOON + later)
    _, channel = await buy(queue.units, queue.clock)
    await buy(queue.units, queue.clock)
    assert await queue.waits(channel) == 2 * HOUR


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({"status": AccountStatus.RESTRICTED, "retry_at": NOON + HOUR}, HOUR),
        ({"flood_until": {"CreateChannel": (NOON + 2 * HOUR).isoformat()}}, 2 * HOUR),
        ({"created_today": 15, "day": NOON.replace(hour=0)}, timedelta(hours=12)),
        ({"status": AccountStatus.DEAD}, None),
        ({"status": AccountStatus.RETIRED}, None),
        ({"channels_used": 400}, None),
    ],
    ids=["restricted", "flood", "daily limit", "dead", "retired", "full by our limit"],
)
async def test_expected_wait_depends_on_account_status_limits_and_flood_waits(
    queue: Queue, fields: dict[str, object], wait: timedelta | None
) -> None:
    await add_account(queue.units, **fields)
    _, channel = await buy(queue.units, queue.clock)
    assert await queue.waits(channel) == wait


async def test_assigned_channel_waits_for_its_own_account_even_if_another_is_free(queue: Queue) -> None:
    owner = await add_account(queue.units, flood_until={"EditAdmin": (NOON + HOUR).isoformat()})
    await add_account(queue.units)
    _, channel = await buy(queue.units, queue.clock)
    channel.assign(owner.id)
    assert await queue.waits(channel) == HOUR
    owner.status = AccountStatus.DEAD
    async with queue.units() as uow:
        await uow.accounts.save(owner)
        await uow.commit()
    assert await queue.waits(channel) is None


async def test_expected_wait_is_unknown_without_accounts(queue: Queue) -> None:
    _, channel = await buy(queue.units, queue.clock)
    assert await queue.waits(channel) is None
