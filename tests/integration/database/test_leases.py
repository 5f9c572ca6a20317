"""Check that a lease has one holder and passes to another when the first stops renewing it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.leases import Leases
from subscriptions.infrastructure.database.succession import Succession

MINUTE = timedelta(minutes=1)


@pytest.fixture
def leases(engine: AsyncEngine) -> Leases:
    return Leases(engine)


async def run_out(engine: AsyncEngine) -> None:
    """Let every lease expire."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE leases SET until = now() - interval '1 second'"))


async def test_lease_has_one_holder_at_a_time(leases: Leases) -> None:
    assert await leases.acquire("clock", "a", MINUTE)
    assert await leases.acquire("clock", "a", MINUTE)
    assert not await leases.acquire("clock", "b", MINUTE)
    assert await leases.acquire("polling", "b", MINUTE)
    await leases.release("clock", "b")
    assert not await leases.acquire("clock", "b", MINUTE)
    await leases.release("clock", "a")
    assert await leases.acquire("clock", "b", MINUTE)


async def test_expired_lease_is_acquired_by_another_holder_and_cannot_be_renewed(
    leases: Leases, engine: AsyncEngine
) -> None:
    assert await leases.acquire("clock", "a", MINUTE)
    assert await leases.renew("clock", "a", MINUTE)
    await run_out(engine)
    assert not await leases.renew("clock", "a", MINUTE)
    assert await leases.acquire("clock", "b", MINUTE)
    assert not await leases.acquire("clock", "a", MINUTE)


async def test_only_one_of_many_concurrent_holders_acquires_the_lease(leases: Leases) -> None:
    got = await asyncio.gather(*(leases.acquire("clock", f"owner {number}", MINUTE) for number in range(8)))
    assert got.count(True) == 1


async def test_held_lease_is_renewed_and_released(leases: Leases) -> None:
    # The lease is renewed after six seconds: a machine that pauses for nine seconds does not lose it.
    async with leases.hold("clock", "a", MINUTE, sure_for=timedelta(seconds=15)) as lease:
        assert lease is not None
        begun = await leases.state("clock")
        assert begun is not None
        while (renewed := await leases.state("clock")) == begun:
            assert not lease.loss.is_set()
            await asyncio.sleep(0.1)
        assert renewed is not None
        assert (renewed.owner, renewed.expires_at > begun.expires_at, lease.sure) == ("a", True, True)
        async with leases.hold("clock", "b", MINUTE) as other:
            assert other is None
    assert await leases.acquire("clock", "b", MINUTE)


async def test_holder_is_notified_of_a_lost_lease(leases: Leases, engine: AsyncEngine) -> None:
    async with leases.hold("clock", "a", timedelta(seconds=0.9)) as lease:
        assert lease is not None
        await run_out(engine)
        assert await leases.acquire("clock", "b", MINUTE)
        await asyncio.wait_for(lease.loss.wait(), 90)
    assert not await leases.acquire("clock", "a", MINUTE), "leaving must not release what is another's"


async def test_lease_expiry_is_measured_by_the_clock_of_the_successor(leases: Leases, engine: AsyncEngine) -> None:
    """A database clock that jumps ahead does not free a lease."""
    now = 0.0
    succession = Succession(leases, lambda owner: False, timedelta(seconds=30), lambda: now)
    assert await succession.is_open("account:1", "b")
    assert await leases.acquire("account:1", "a", MINUTE)
    assert await succession.is_open("account:1", "a")
    await run_out(engine)
    assert not await succession.is_open("account:1", "b")
    now = 29.0
    assert not await succession.is_open("account:1", "b")
    assert await leases.acquire("account:1", "a", MINUTE)
    now = 31.0
    assert not await succession.is_open("account:1", "b"), "renewed meanwhile: it begins anew"
    now = 61.0
    assert await succession.is_open("account:1", "b")
    assert await leases.acquire("account:1", "b", MINUTE)


async def test_lease_of_an_ended_process_is_free_at_once(leases: Leases) -> None:
    assert await leases.acquire("account:1", "a", MINUTE)
    assert await Succession(leases, lambda owner: owner == "a", MINUTE).is_open("account:1", "b")
    assert await leases.acquire("account:1", "b", MINUTE)
