"""State transition tables, kept as data so that tests can cover every pair of state and event."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from subscriptions.domain.errors import InvalidTransition

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class TransitionTable(Generic[S, E]):
    """Allowed transitions of an entity; all other pairs of state and event are refused."""

    def __init__(self, entity: str, rows: Mapping[tuple[S, E], S]) -> None:
        self.entity = entity
        self.rows = rows

    def allows(self, state: S, event: E) -> bool:
        """Return True if `event` is allowed in `state`."""
        return (state, event) in self.rows

    def next_state(self, state: S, event: E) -> S:
        """Return the state after `event`. Raise InvalidTransition if the table does not allow the event."""
        target = self.rows.get((state, event))
        if target is None:
            raise InvalidTransition(self.entity, state, event)
        return target
