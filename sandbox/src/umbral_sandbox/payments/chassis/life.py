"""What happens by itself as the clock runs, each thing at its own moment and in order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.chassis.books import Books

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Due:
    """Something that is to happen at a moment."""

    at: int
    act: Callable[[], None]


def lived(books: Books[S], now: datetime, all_due: Callable[[], Iterable[Due]]) -> bool:
    """Do all that is due by ``now``; a long jump of the clock is lived through step by step.

    all_due: what the books hold to be done, at whatever time; of one moment the first comes first. True: something
    was done.
    """
    until, acted = int(now.timestamp()), False
    while True:
        due = min((each for each in all_due() if each.at <= until), key=lambda each: each.at, default=None)
        if due is None:
            return acted
        with books.at(due.at):
            due.act()
        acted = True
