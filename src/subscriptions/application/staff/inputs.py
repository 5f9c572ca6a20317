"""What an act of staff asks for: typed, limited, and read in one way on every face."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from subscriptions.application.dto.typed_answers import (
    REASON_LIMIT,
    Answer,
    Answers,
    Fact,
    Parser,
    Wrong,
    choice,
    kept_money,
    reason,
    signed_days,
    typed_money,
    visible,
    whole,
    words,
)
from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.money import Money

T_co = TypeVar("T_co", covariant=True)


class InputKind(StrEnum):
    """How a face asks for it."""

    DAYS = "days"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    PARAGRAPH = "long"
    CHOICE = "choice"
    MANY = "many"
    MOMENT = "moment"


_TEXT_KINDS: Final = frozenset({InputKind.TEXT, InputKind.PARAGRAPH})


@dataclass(frozen=True, kw_only=True)
class Input(Generic[T_co]):
    """name: of the answer, of its words and of the field in the API. parse: what was typed, as it is kept; raises
    Wrong.

    value: what was kept, as the act uses it. limits: the least and the most, of a number its value, of a text its
    letters. default: what an answer that is left out stands for; None where it has to be given. rare: seldom given, so
    that a dialogue asks for it only where somebody opens it. stays: left out, it stays as it is, which is
    the subject's fact of the same name. is_named: what is kept are words with blanks between,
    each with a name as a choice has.
    """

    name: str
    kind: InputKind
    parse: Parser
    value: Callable[[str], T_co]
    limits: tuple[int, int] | None = None
    default: str | None = None
    rare: bool = False
    stays: bool = False
    is_named: bool = False

    def __post_init__(self) -> None:
        """What is typed is read by customers, colleagues and the audit: each sign of it is seen."""
        if self.kind in _TEXT_KINDS:
            object.__setattr__(self, "parse", visible(self.parse))

    def left_out(self, facts: Mapping[str, object]) -> str | None:
        """What an answer that is left out stands for; None where it has to be given. facts: the subject's."""
        return str(facts[self.name]) if self.stays and self.name in facts else self.default


@dataclass(frozen=True)
class Choice:
    """One answer on offer. label: what it is called; None where its kind says how it is written, as of days."""

    value: str
    label: Fact | None = None


REASON: Final[Input[str]] = Input(
    name="reason", kind=InputKind.PARAGRAPH, parse=reason, value=str, limits=(3, REASON_LIMIT)
)
"""Why it is done: for the audit, and where the customer asks why."""

OPTIONAL_REASON: Final[Input[str]] = Input(
    name="reason",
    kind=InputKind.PARAGRAPH,
    parse=words(REASON_LIMIT, "reason_long"),
    value=str,
    limits=(0, REASON_LIMIT),
    default="",
)
"""The same for the audit alone, where it may be left out."""

PLAN: Final[Input[str]] = Input(name="plan", kind=InputKind.CHOICE, parse=choice, value=str)
"""A plan on offer, by its soft id."""

DAYS: Final[Input[int]] = Input(
    name="days", kind=InputKind.DAYS, parse=signed_days, value=int, limits=(-DURATION_LIMIT, DURATION_LIMIT)
)
"""Days to add, or with a minus to take; not none."""

DAYS_GIVEN: Final[Input[int]] = Input(
    name="days",
    kind=InputKind.DAYS,
    parse=whole(1, DURATION_LIMIT, "duration_days"),
    value=int,
    limits=(1, DURATION_LIMIT),
)
"""Days to give."""


def _amount(answer: Answer, answers: Answers) -> str:
    if not answer.text.strip():
        return ""
    currency = answers["currency"]
    money = typed_money(answer.text, currency, "amount")
    if money.currency != currency or money.minor <= 0:
        raise Wrong("amount", currency=currency)
    return f"{money.plain} {money.currency}"


def _money_of(text: str) -> Money | None:
    return kept_money(text) if text else None


AMOUNT: Final[Input[Money | None]] = Input(
    name="amount", kind=InputKind.MONEY, parse=_amount, value=_money_of, default=""
)
"""A part of something, in its currency; None for all of it."""
