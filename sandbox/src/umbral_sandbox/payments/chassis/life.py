"""Automatic events as the clock runs, each at its own time and in order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.chassis.books import Books

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Due:
    """An event that is due at a time."""

    at: int
    act: Callable[[], None]


def lived(books: Books[S], now: datetime, all_due: Callable[[], Iterable[Due]]) -> bool:
    """Perform everything that is due by ``now``; process a long jump of the clock step by step. Return True if an event
    was performed.

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
