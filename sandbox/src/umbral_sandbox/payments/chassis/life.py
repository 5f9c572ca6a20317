"""Execution of a provider's scheduled events, such as renewals, each at its own time when the world's
clock reaches it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.chassis.books import Books

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Due:
    """Event that is due at a time. act: function that performs the event."""

    at: int
    act: Callable[[], None]


def lived(books: Books[S], now: datetime, all_due: Callable[[], Iterable[Due]]) -> bool:
    """Perform all events that are due by ``now``, one after the other, so that a long jump of the clock causes every
    event in between. Return True if an event was performed.

    all_due: function that returns all scheduled events, whatever their time. Simultaneous events are performed in the
        returned order.
    """
    until, acted = int(now.timestamp()), False
    while True:
        due = min((each for each in all_due() if each.at <= until), key=lambda each: each.at, default=None)
        if due is None:
            return acted
        with books.at(due.at):
            due.act()
        acted = True
