"""Transition tables: which event leads from which state to which. Data, so that tests walk every pair."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from subscriptions.domain.errors import InvalidTransition

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class TransitionTable(Generic[S, E]):
    """The allowed steps of one entity; every pair that is not listed is refused."""

    def __init__(self, entity: str, rows: Mapping[tuple[S, E], S]) -> None:
        self.entity = entity
        self.rows = rows

    def allows(self, state: S, event: E) -> bool:
        """Whether `event` means something in `state`."""
        return (state, event) in self.rows

    def next_state(self, state: S, event: E) -> S:
        """The state after `event`. Raises InvalidTransition where the table has no such row."""
        target = self.rows.get((state, event))
        if target is None:
            raise InvalidTransition(self.entity, state, event)
        return target
