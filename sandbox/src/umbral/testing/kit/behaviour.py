"""Definition and registry of behaviors, which are the conformance kit's requirements for every gateway."""

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
    """Violation of a requirement by the gateway; the message names the requirement and contains no secret."""


class NotApplicable(Exception):
    """Raised if the required behaviour does not exist at this provider. The message says what is missing."""


@dataclass(frozen=True)
class Behaviour:
    """Requirement for every gateway.

    needs: required capabilities; a gateway with all of them cannot skip the behaviour
    either: capabilities of which one is required; empty for none
    apart: True to run the behaviour in a separate world, because the behaviour advances the clock
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
        """Return an id for names of tests: the number and the first words of the name."""
        words = re.findall("[a-z]+", self.name.lower())[:WORDS]
        return "-".join([f"{self.number:02d}", *words])


BEHAVIOURS: Final[dict[int, Behaviour]] = {}
"""Behaviours by number; filled when `umbral.testing.kit.checks` is imported."""


def behaviour(
    number: int, name: str, *needs: Capability, apart: bool = False, either: Iterable[Capability] = ()
) -> Callable[[Check], Check]:
    """Register a check as a behaviour."""

    def listed(check: Check) -> Check:
        if number in BEHAVIOURS:
            raise ValueError(f"two behaviours have the number {number}")
        BEHAVIOURS[number] = Behaviour(number, name, frozenset(needs), check, apart, frozenset(either))
        return check

    return listed


def must(holds: object, otherwise: str) -> None:
    """Raise Violated with `otherwise` unless `holds` is true."""
    if not holds:
        raise Violated(otherwise)


def placed(error: BaseException) -> str:
    """Return an exception's class, and the line that raised it, but not its message, which may contain a body."""
    lines = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(lines[-1].filename).name}:{lines[-1].lineno}" if lines else ""
    return type(error).__name__ + where
