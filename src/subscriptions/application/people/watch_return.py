"""Whether the database is the one it was, or a copy brought back; then what is due waits until others were asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from subscriptions.domain.entities.database_return import DatabaseReturn
from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

RETURN: Final = Variable("returned", DatabaseReturn.parse, DatabaseReturn.to_text)
"""The variable with that of the last time; none where the database is where it always was."""

LONGEST: Final = timedelta(hours=1)
"""Nothing is held for longer, whatever became of the work that asks: it is kept, and the owners know."""

Elsewhere = Callable[[], Awaitable[bool]]
"""Whether the database lies elsewhere than it says, and the worker did not note that yet."""


class WatchReturn:
    """One for each process."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, elsewhere: Elsewhere) -> None:
        self._units = units
        self._clock = clock
        self._elsewhere = elsewhere
        self._is_held = True
        self._astray = True

    def is_held(self) -> bool:
        """Whether nothing may be sent, ended or made now: nobody looked yet, or others were not asked yet. Cheap."""
        return self._is_held

    def astray(self) -> bool:
        """Whether it is not even noted yet how long the database was away. Cheap."""
        return self._astray

    async def __call__(self) -> None:
        """Look once. Raises RetryLater where the database does not answer."""
        self._astray = await self._elsewhere()
        async with self._units() as uow:
            database_return = await uow.variables.get(RETURN)
        self._is_held = self._astray or (
            database_return is not None
            and not database_return.done
            and self._clock.now() < database_return.at + LONGEST
        )
