"""Detection of a restored database. After a restore, due work waits until the providers have been polled."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from subscriptions.domain.entities.database_restore import DatabaseRestore
from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

RETURN: Final = Variable("returned", DatabaseRestore.parse, DatabaseRestore.to_text)
"""Variable with the last restore; absent if the database was never restored."""

LONGEST: Final = timedelta(hours=1)
"""Maximum time for which due work is held back after a restore, even if the reconciliation is not complete. The
reconciliation then continues, and the owners are alerted.
"""

Elsewhere = Callable[[], Awaitable[bool]]
"""Function that returns True if the database was restored or replaced and the worker has not recorded that yet."""


class WatchRestore:
    """Periodic check whether the database was restored from a copy. Each process has one instance."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, elsewhere: Elsewhere) -> None:
        self._units = units
        self._clock = clock
        self._elsewhere = elsewhere
        self._is_held = True
        self._astray = True

    def is_held(self) -> bool:
        """Return True if due work must wait, because no check was made yet or the reconciliation after a restore is not
        complete. Uses the result of the last check, without a request.
        """
        return self._is_held

    def astray(self) -> bool:
        """Return True while a restore has not been recorded by the worker yet. Uses the result of the last check,
        without a request.
        """
        return self._astray

    async def __call__(self) -> None:
        """Check whether the database was restored. Raises RetryLater if the database does not respond."""
        self._astray = await self._elsewhere()
        async with self._units() as uow:
            database_restore = await uow.variables.get(RETURN)
        self._is_held = self._astray or (
            database_restore is not None
            and not database_restore.done
            and self._clock.now() < database_restore.at + LONGEST
        )
