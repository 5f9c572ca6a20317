"""What an act of staff asks for: typed, limited, and read in one way on every face."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from subscriptions.application.dto.typed_answers import (
    REASON_LIMIT,
    Read,
    choice,
    reason,
    signed_days,
    whole,
)
from subscriptions.domain.entities.service_plan import DURATION_LIMIT

T_co = TypeVar("T_co", covariant=True)


class InputKind(StrEnum):
    """How a face asks for it."""

    DAYS = "days"
    PARAGRAPH = "long"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Input(Generic[T_co]):
    """name: of the answer, of its words and of the field in the API. read: what was typed, as it is kept; raises Wrong.

    value: what was kept, as the act uses it. limits: the least and the most, of a number its value, of a text its
    letters. default: what an answer that is left out stands for; None where it has to be given.
    """

    name: str
    kind: InputKind
    read: Read
    value: Callable[[str], T_co]
    limits: tuple[int, int] | None = None
    default: str | None = None


@dataclass(frozen=True)
class Choice:
    """One answer on offer. label: what it is called; None where its kind says how it is written, as of days."""

    value: str
    label: str | None = None


REASON: Final[Input[str]] = Input(
    name="reason", kind=InputKind.PARAGRAPH, read=reason, value=str, limits=(3, REASON_LIMIT)
)
"""Why it is done: for the audit, and where the customer asks why."""


PLAN: Final[Input[str]] = Input(name="plan", kind=InputKind.CHOICE, read=choice, value=str)
"""A plan on offer, by its soft id."""

DAYS: Final[Input[int]] = Input(
    name="days", kind=InputKind.DAYS, read=signed_days, value=int, limits=(-DURATION_LIMIT, DURATION_LIMIT)
)
"""Days to add, or with a minus to take; not none."""

DAYS_GIVEN: Final[Input[int]] = Input(
    name="days",
    kind=InputKind.DAYS,
    read=whole(1, DURATION_LIMIT, "duration_days"),
    value=int,
    limits=(1, DURATION_LIMIT),
)
