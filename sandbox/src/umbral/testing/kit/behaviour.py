"""What a behaviour is, and the list of all of them."""

from __future__ import annotations

import re
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from subscriptions.domain.ports.payment_gateway import Capability

if TYPE_CHECKING:
    from umbral.testing.kit.stage import Stage

WORDS: Final = 5

Check = Callable[["Stage"], Awaitable[None]]


class Violated(AssertionError):
    """The gateway does something else than it has to; the text says what, without any secret."""


class NotApplicable(Exception):
    """What the behaviour is about does not exist at this provider; the text says what is missing."""


@dataclass(frozen=True)
class Behaviour:
    """One thing every gateway has to do. needs: the capabilities without which it is not asked for; where a gateway has
    them all, it cannot be passed over. either: those of which it needs one, empty for none. apart: played in a world of
    its own, because it moves the clock.
    """

    number: int
    name: str
    needs: frozenset[Capability]
    check: Check
    apart: bool = False
    either: frozenset[Capability] = frozenset()

    def __str__(self) -> str:
        return f"{self.number:02d} {self.name}"

    @property
    def id(self) -> str:
        """For the names of tests: the number and the first words."""
        words = re.findall("[a-z]+", self.name.lower())[:WORDS]
        return "-".join([f"{self.number:02d}", *words])


BEHAVIOURS: Final[dict[int, Behaviour]] = {}
"""By number; filled when `umbral.testing.kit.checks` is imported."""


def behaviour(
    number: int, name: str, *needs: Capability, apart: bool = False, either: Iterable[Capability] = ()
) -> Callable[[Check], Check]:
    """Put a check on the list."""

    def listed(check: Check) -> Check:
        if number in BEHAVIOURS:
            raise ValueError(f"two behaviours have the number {number}")
        BEHAVIOURS[number] = Behaviour(number, name, frozenset(needs), check, apart, frozenset(either))
        return check

    return listed


def must(holds: object, otherwise: str) -> None:
    """Raise Violated with `otherwise` unless it holds."""
    if not holds:
        raise Violated(otherwise)


def placed(error: BaseException) -> str:
    """An exception's class, and the line that raised it: what it says may hold a body."""
    lines = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(lines[-1].filename).name}:{lines[-1].lineno}" if lines else ""
    return type(error).__name__ + where
