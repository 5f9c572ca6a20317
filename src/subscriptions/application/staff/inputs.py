"""Inputs of staff commands, with their types, limits and parsers. Every interface parses answers with these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

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
    """Kind of an input, which determines its form control in each interface."""

    DAYS = "days"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    PARAGRAPH = "long"
    CHOICE = "choice"
    MANY = "many"
    MOMENT = "moment"


def _or_default(parse: Parser, default: str) -> Parser:
    return lambda answer, answers: parse(answer, answers) if answer.text.strip() else default


_TEXT_KINDS: Final = frozenset({InputKind.TEXT, InputKind.PARAGRAPH})


@dataclass(frozen=True, kw_only=True)
class Input(Generic[T_co]):
    """Input of a staff command.

    name: key of the answer and of the input's texts, and field of the API
    parse: function that converts typed text to the stored form; raises Wrong
    value: function that converts the stored form to the value for the command
    limits: minimum and maximum, of a number's value or of a text's length in characters
    default: value of an omitted answer; None if the answer is required
    rare: True for an input that is seldom given; a dialog asks for it only on request
    stays: True if an omitted answer keeps the current value, which is the subject's fact of the same name
    is_marked: True for a text that may have Telegram's formatting tags, so that forms offer buttons for them
    is_day: True if the stored form is a day, which interfaces show in the reader's date format
    is_named: True if the stored form is a list of names separated by spaces, each with a display name as in a choice
    """

    name: str
    kind: InputKind
    parse: Parser
    value: Callable[[str], T_co]
    limits: tuple[int, int] | None = None
    default: str | None = None
    rare: bool = False
    stays: bool = False
    is_day: bool = False
    is_named: bool = False
    is_marked: bool = False

    def __post_init__(self) -> None:
        """Make the parser refuse answers with invisible characters, because answers are shown to customers, to staff
        and in the audit log, and take the default for an optional choice or number that is left empty.
        """
        if self.kind in _TEXT_KINDS:
            object.__setattr__(self, "parse", visible(self.parse))
        if self.kind not in _TEXT_KINDS and self.default is not None and not self.stays:
            object.__setattr__(self, "parse", _or_default(self.parse, str(self.default)))

    def left_out(self, facts: Mapping[str, object]) -> str | None:
        """Return the value that an omitted answer has. Return None if the answer is required. `facts`: facts of the
        command's subject.
        """
        return str(facts[self.name]) if self.stays and self.name in facts else self.default


def choice_keys(command: str, asked_input: Input[Any], value: str) -> Sequence[str]:
    """Return the text keys of the label of a choice, the most specific first: of the command's own input, of all inputs
    with that name, and of values that mean the same everywhere, such as permissions.

    command: name of the command
    """
    name, word = asked_input.name, value.replace(".", "_")
    return (
        f"commands.{command}.choice.{name}.{word}",
        f"commands.choice_of.{name}.{word}",
        f"commands.choice.{word}",
    )


@dataclass(frozen=True)
class Choice:
    """Option of an input.

    label: display name; None if the input's kind determines how the value is shown, as for days
    group: section of the menu under which a form lists it; empty without groups
    """

    value: str
    label: Fact | None = None
    group: str = ""


REASON: Final[Input[str]] = Input(
    name="reason", kind=InputKind.PARAGRAPH, parse=reason, value=str, limits=(3, REASON_LIMIT)
)
"""Input for the reason of the command. It is stored in the audit log, and shown to a customer who asks why their access
changed.
"""

OPTIONAL_REASON: Final[Input[str]] = Input(
    name="reason",
    kind=InputKind.PARAGRAPH,
    parse=words(REASON_LIMIT, "reason_long"),
    value=str,
    limits=(0, REASON_LIMIT),
    default="",
)
"""Input for an optional reason, for the audit log only."""

PLAN: Final[Input[str]] = Input(name="plan", kind=InputKind.CHOICE, parse=choice, value=str)
"""Input for the slug of a plan on sale."""

DAYS: Final[Input[int]] = Input(
    name="days", kind=InputKind.DAYS, parse=signed_days, value=int, limits=(-DURATION_LIMIT, DURATION_LIMIT)
)
"""Input for a number of days to add, or to remove if negative; not zero."""

DAYS_GIVEN: Final[Input[int]] = Input(
    name="days",
    kind=InputKind.DAYS,
    parse=whole(1, DURATION_LIMIT, "duration_days"),
    value=int,
    limits=(1, DURATION_LIMIT),
)
"""Input for a number of days to grant."""


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
"""Input for a partial amount in the subject's currency; None for the full amount."""
