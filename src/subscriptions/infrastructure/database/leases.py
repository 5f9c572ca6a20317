"""Leases: who of several processes may do what only one may, until when by the database's clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import TextClause, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.batch_loader import BatchLoader
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import leases
from subscriptions.infrastructure.steady import steady

SURE_SHARE: Final = 5 / 6
"""The part of a lease after which its holder lets go, so that all is put down before anybody else may begin."""
RENEW_SHARE: Final = 2 / 5
"""The part of that after which it is renewed."""

_Wish = tuple[str, str, timedelta]
"""Name, owner, for how long."""
# Rows are locked by their names' order, so that two processes never wait for each other.
_ACQUIRE: Final = text(
    "INSERT INTO leases (name, owner, until) SELECT name, owner, clock_timestamp() + length"
    " FROM unnest(CAST(:names AS text[]), CAST(:owners AS text[]), CAST(:lengths AS interval[]))"
    " w (name, owner, length) ORDER BY name"
    " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until"
    " WHERE leases.owner = excluded.owner OR leases.until <= clock_timestamp() RETURNING name, owner"
)
_RENEW: Final = text(
    "UPDATE leases SET until = clock_timestamp() + ours.length FROM (SELECT name, owner, length FROM leases JOIN"
    " unnest(CAST(:names AS text[]), CAST(:owners AS text[]), CAST(:lengths AS interval[]))"
    " w (name, owner, length) USING (name, owner) ORDER BY name FOR UPDATE OF leases) ours"
    " WHERE leases.name = ours.name AND leases.until > clock_timestamp() RETURNING leases.name, leases.owner"
)
_RELEASE: Final = text(
    "DELETE FROM leases USING (SELECT name FROM leases JOIN"
    " unnest(CAST(:names AS text[]), CAST(:owners AS text[])) w (name, owner) USING (name, owner)"
    " ORDER BY name FOR UPDATE OF leases) ours WHERE leases.name = ours.name"
)


class LeaseState(NamedTuple):
    """One lease as the database has it; `expires_at` by its clock, and another after each renewal."""

    owner: str
    expires_at: datetime


class Leases:
    """Acquire, renew and release rows of `leases`, each in one statement, those that many want at once in one together.

    Raises RetryLater where the database does not answer.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        # Each is one statement, which needs no transaction around it: one trip to the database, not three.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._acquire_batch = BatchLoader[_Wish, bool](self._acquire)
        self._renew_batch = BatchLoader[_Wish, bool](self._renew)
        self._release_batch = BatchLoader[tuple[str, str], bool](self._release)

    async def acquire(self, name: str, owner: str, ttl: timedelta) -> bool:
        """True: `owner` holds `name` for `ttl` from now; also when it held it before. False: somebody else does."""
        return await self._acquire_batch((name, owner, ttl))

    async def renew(self, name: str, owner: str, ttl: timedelta) -> bool:
        """False: the lease ran out, and from now on the work is not ours, even if nobody took it yet."""
        return await self._renew_batch((name, owner, ttl))

    async def release(self, name: str, owner: str) -> None:
        """Let others have it at once; harmless when it is not ours."""
        await self._release_batch((name, owner))

    async def state(self, name: str) -> LeaseState | None:
        """Who has it, or had it last and never gave it back, and until when; None where nobody does."""
        row = select(leases.c.owner, leases.c.until).where(leases.c.name == name)
        async with self._connection() as connection:
            lease_row = (await connection.execute(row)).first()
        return None if lease_row is None else LeaseState(lease_row.owner, lease_row.until)

    async def forget(self, name: str, state: LeaseState) -> None:
        """Take it from who has not renewed it since."""
        columns = leases.c
        same = (columns.name == name, columns.owner == state.owner, columns.until == state.expires_at)
        async with self._connection() as connection:
            await connection.execute(delete(leases).where(*same))

    async def holders(self, prefix: str) -> Mapping[str, str]:
        """Who holds what at this moment: owner by what follows `prefix` in the name."""
        statement = select(leases.c.name, leases.c.owner).where(
            leases.c.name.startswith(prefix, autoescape=True), leases.c.until > func.clock_timestamp()
        )
        async with self._connection() as connection:
            return {row.name.removeprefix(prefix): row.owner for row in await connection.execute(statement)}

    @asynccontextmanager
    async def hold(
        self, name: str, owner: str, ttl: timedelta, sure_for: timedelta | None = None
    ) -> AsyncIterator["HeldLease | None"]:
        """Hold `name` inside the block, renewed by itself, released at the end; None where somebody else holds it.

        sure_for: after how long without renewal its holder lets go; by default shortly before the lease is over.
        """
        started_steady = steady()
        if not await self.acquire(name, owner, ttl):
            yield None
            return
        lease = HeldLease(self, name, owner, ttl, started_steady, sure_for or ttl * SURE_SHARE)
        renewal = asyncio.create_task(lease.keep())
        try:
            yield lease
        finally:
            renewal.cancel()
            await asyncio.wait({renewal})
            if not lease.loss.is_set():
                # Where the database is silent the lease runs out by itself.
                with suppress(RetryLater):
                    await self.release(name, owner)

    async def _acquire(self, wishes: Sequence[_Wish]) -> Mapping[_Wish, bool]:
        """One owner at a time for each name; the next one is asked about by itself."""
        wishes_by_name = {each[0]: each for each in reversed(wishes)}
        return await self._decide(_ACQUIRE, [wishes_by_name[name] for name in sorted(wishes_by_name)])

    async def _renew(self, wishes: Sequence[_Wish]) -> Mapping[_Wish, bool]:
        return await self._decide(_RENEW, wishes)

    async def _decide(self, statement: TextClause, wishes: Sequence[_Wish]) -> Mapping[_Wish, bool]:
        names, owners, lengths = (list(each) for each in zip(*wishes, strict=True))
        parameters = {"names": names, "owners": owners, "lengths": lengths}
        async with self._connection() as connection:
            granted_pairs = {(row.name, row.owner) for row in await connection.execute(statement, parameters)}
        return {each: each[:2] in granted_pairs for each in wishes}

    async def _release(self, leases: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bool]:
        parameters = {"names": [name for name, _ in leases], "owners": [owner for _, owner in leases]}
        async with self._connection() as connection:
            await connection.execute(_RELEASE, parameters)
        return dict.fromkeys(leases, True)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        with translate_errors():
            async with self._engine.connect() as connection:
                yield connection


class HeldLease:
    """A lease under renewal. loss: set as soon as it cannot be relied on; then the work has to stop."""

    def __init__(
        self, leases: Leases, name: str, owner: str, ttl: timedelta, begun_at: float, sure_for: timedelta
    ) -> None:
        self.name = name
        self.loss = asyncio.Event()
        self._leases = leases
        self._owner = owner
        self._ttl = ttl
        # By this machine's steady clock, from before the request: never later than the database's own end.
        self._sure_for = sure_for.total_seconds()
        self._deadline = begun_at + self._sure_for

    @property
    def sure(self) -> bool:
        """Whether it is ours beyond doubt at this very moment, also in a process that just stood still for a while."""
        return not self.loss.is_set() and steady() < self._deadline

    async def keep(self) -> None:
        """Renew until cancelled or lost."""
        pause = self._sure_for * RENEW_SHARE
        while not self.loss.is_set():
            await asyncio.sleep(min(pause, max(self._deadline - steady(), 0)))
            asked_steady = steady()
            answer = await self._ask(self._deadline - asked_steady) if asked_steady < self._deadline else False
            if answer is False:
                self.loss.set()
            elif answer:
                self._deadline = asked_steady + self._sure_for

    async def _ask(self, seconds_left: float) -> bool | None:
        """None: the database did not answer; as long as time is left the lease is still ours."""
        try:
            async with asyncio.timeout(seconds_left):
                return await self._leases.renew(self.name, self._owner, self._ttl)
        except (RetryLater, TimeoutError):
            return None
