"""Leases: who of several processes may do what only one may, until when by the database's clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from sqlalchemy import Interval, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.database.errors import translating
from subscriptions.infrastructure.database.tables import leases

RENEWALS_PER_TTL: Final = 3
SURE_SHARE: Final = 5 / 6
"""The part of a lease after which its holder lets go, so that all is put down before anybody else may begin."""


class Leases:
    """Acquire, renew and release rows of `leases`, each in a transaction of its own.

    Raises RetryLater where the database does not answer.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def acquire(self, name: str, owner: str, ttl: timedelta) -> bool:
        """True: `owner` holds `name` for `ttl` from now; also when it held it before. False: somebody else does."""
        until = func.clock_timestamp() + literal(ttl, Interval)
        statement = insert(leases).values(name=name, owner=owner, until=until)
        free = or_(leases.c.owner == owner, leases.c.until <= func.clock_timestamp())
        taken = statement.on_conflict_do_update(
            index_elements=["name"], set_={"owner": owner, "until": until}, where=free
        ).returning(leases.c.name)
        async with self._transaction() as connection:
            return (await connection.execute(taken)).first() is not None

    async def renew(self, name: str, owner: str, ttl: timedelta) -> bool:
        """False: the lease ran out, and from now on the work is not ours, even if nobody took it yet."""
        statement = (
            update(leases)
            .where(leases.c.name == name, leases.c.owner == owner, leases.c.until > func.clock_timestamp())
            .values(until=func.clock_timestamp() + literal(ttl, Interval))
            .returning(leases.c.name)
        )
        async with self._transaction() as connection:
            return (await connection.execute(statement)).first() is not None

    async def release(self, name: str, owner: str) -> None:
        """Let others have it at once; harmless when it is not ours."""
        async with self._transaction() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))

    async def holders(self, prefix: str) -> Mapping[str, str]:
        """Who holds what at this moment: owner by what follows `prefix` in the name."""
        living = select(leases.c.name, leases.c.owner).where(
            leases.c.name.startswith(prefix, autoescape=True), leases.c.until > func.clock_timestamp()
        )
        async with self._transaction() as connection:
            return {row.name.removeprefix(prefix): row.owner for row in await connection.execute(living)}

    @asynccontextmanager
    async def held(self, name: str, owner: str, ttl: timedelta) -> AsyncIterator["HeldLease | None"]:
        """Hold `name` inside the block, renewed by itself, released at the end; None where somebody else holds it."""
        started = asyncio.get_running_loop().time()
        if not await self.acquire(name, owner, ttl):
            yield None
            return
        lease = HeldLease(self, name, owner, ttl, started)
        renewal = asyncio.create_task(lease.keep())
        try:
            yield lease
        finally:
            renewal.cancel()
            await asyncio.wait({renewal})
            if not lease.lost.is_set():
                # Where the database is silent the lease runs out by itself.
                with suppress(RetryLater):
                    await self.release(name, owner)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with translating():
            async with self._engine.begin() as connection:
                yield connection


class HeldLease:
    """A lease under renewal. lost: set as soon as it cannot be relied on; then the work has to stop."""

    def __init__(self, leases: Leases, name: str, owner: str, ttl: timedelta, started: float) -> None:
        self.name = name
        self.lost = asyncio.Event()
        self._leases = leases
        self._owner = owner
        self._ttl = ttl
        # By this process's monotonic clock, from before the request: never later than the database's own end.
        self._sure_for = ttl.total_seconds() * SURE_SHARE
        self._until = started + self._sure_for

    @property
    def sure(self) -> bool:
        """Whether it is ours beyond doubt at this very moment, also in a process that just stood still for a while."""
        return not self.lost.is_set() and asyncio.get_running_loop().time() < self._until

    async def keep(self) -> None:
        """Renew until cancelled or lost."""
        loop = asyncio.get_running_loop()
        pause = self._ttl.total_seconds() / RENEWALS_PER_TTL
        while not self.lost.is_set():
            await asyncio.sleep(min(pause, max(self._until - loop.time(), 0)))
            asked = loop.time()
            answer = await self._ask(self._until - asked) if asked < self._until else False
            if answer is False:
                self.lost.set()
            elif answer:
                self._until = asked + self._sure_for

    async def _ask(self, seconds_left: float) -> bool | None:
        """None: the database did not answer; as long as time is left the lease is still ours."""
        try:
            async with asyncio.timeout(seconds_left):
                return await self._leases.renew(self.name, self._owner, self._ttl)
        except (RetryLater, TimeoutError):
            return None
