"""Leases: exclusive rights to a task, held by one process until an expiry on the database's clock."""

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
"""Fraction of a lease's duration after which the holder stops its work, so that all work ends before another process
can begin.
"""
RENEW_SHARE: Final = 2 / 5
"""Fraction of the time given by SURE_SHARE after which the lease is renewed."""

_Wish = tuple[str, str, timedelta]
"""Name, owner and duration of a requested lease."""
# Rows are locked in the order of their names, so that two processes cannot deadlock.
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
    """State of a lease in the database. `expires_at`: expiry on the database's clock; it changes with each renewal."""

    owner: str
    expires_at: datetime


class Leases:
    """Leases in PostgreSQL. Acquiring, renewing and releasing take one statement each, and concurrent requests share a
    statement. Raises RetryLater if the database does not respond.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        # One statement needs no transaction: one round trip instead of three.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._acquire_batch = BatchLoader[_Wish, bool](self._acquire)
        self._renew_batch = BatchLoader[_Wish, bool](self._renew)
        self._release_batch = BatchLoader[tuple[str, str], bool](self._release)

    async def acquire(self, name: str, owner: str, ttl: timedelta) -> bool:
        """Acquire or extend a lease for `ttl` from now. Return False if another owner holds it."""
        return await self._acquire_batch((name, owner, ttl))

    async def renew(self, name: str, owner: str, ttl: timedelta) -> bool:
        """Renew a lease. Return False if the lease expired; the caller must then stop its work, even if no other
        process holds the lease yet.
        """
        return await self._renew_batch((name, owner, ttl))

    async def release(self, name: str, owner: str) -> None:
        """Release a lease. If another owner holds the lease, nothing happens."""
        await self._release_batch((name, owner))

    async def state(self, name: str) -> LeaseState | None:
        """Return the owner and expiry of a lease that was not released, even if it expired; None if there is no such
        lease.
        """
        row = select(leases.c.owner, leases.c.until).where(leases.c.name == name)
        async with self._connection() as connection:
            lease_row = (await connection.execute(row)).first()
        return None if lease_row is None else LeaseState(lease_row.owner, lease_row.until)

    async def forget(self, name: str, state: LeaseState) -> None:
        """Delete a lease unless its holder renewed it since `state` was read."""
        columns = leases.c
        same = (columns.name == name, columns.owner == state.owner, columns.until == state.expires_at)
        async with self._connection() as connection:
            await connection.execute(delete(leases).where(*same))

    async def holders(self, prefix: str) -> Mapping[str, str]:
        """Return the owners of unexpired leases whose names have this prefix, keyed by the rest of the name."""
        statement = select(leases.c.name, leases.c.owner).where(
            leases.c.name.startswith(prefix, autoescape=True), leases.c.until > func.clock_timestamp()
        )
        async with self._connection() as connection:
            return {row.name.removeprefix(prefix): row.owner for row in await connection.execute(statement)}

    @asynccontextmanager
    async def hold(
        self, name: str, owner: str, ttl: timedelta, sure_for: timedelta | None = None
    ) -> AsyncIterator["HeldLease | None"]:
        """Hold a lease inside the block, renewing it automatically, and release it at the end. Yield None if another
        owner holds the lease.

        sure_for: time since the last renewal after which the holder stops its work; by default shortly before the lease
        expires
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
                # If the database does not respond, the lease simply expires.
                with suppress(RetryLater):
                    await self.release(name, owner)

    async def _acquire(self, wishes: Sequence[_Wish]) -> Mapping[_Wish, bool]:
        """Acquire each lease for the first owner that requested it. The result omits the requests of other owners; the
        batch loader repeats these requests.
        """
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
    """Lease that is renewed automatically. `loss`: event that is set as soon as the lease is no longer certainly held;
    the work must then stop.
    """

    def __init__(
        self, leases: Leases, name: str, owner: str, ttl: timedelta, begun_at: float, sure_for: timedelta
    ) -> None:
        self.name = name
        self.loss = asyncio.Event()
        self._leases = leases
        self._owner = owner
        self._ttl = ttl
        # Time on this machine's monotonic clock, counted from before the request, so it is never later than the expiry
        # in the database.
        self._sure_for = sure_for.total_seconds()
        self._deadline = begun_at + self._sure_for

    @property
    def sure(self) -> bool:
        """True if the lease is certainly held at this moment. The result is correct even after the process was
        suspended for a while.
        """
        return not self.loss.is_set() and steady() < self._deadline

    async def keep(self) -> None:
        """Renew the lease until it is lost or this task is canceled."""
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
        """Renew the lease once. Return None if the database did not respond; the lease then remains held until it
        expires.
        """
        try:
            async with asyncio.timeout(seconds_left):
                return await self._leases.renew(self.name, self._owner, self._ttl)
        except (RetryLater, TimeoutError):
            return None
