"""Guided dialogues: what is asked one after the other, how answers are read, and what they lead to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.panel.visit import Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Parser
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.permission import Permission

CONFIRM: Final = "-"
"""The step after the last question: what was answered is shown, and waits for a second tap."""


@dataclass(frozen=True)
class Choice:
    """A button under a question. value: what it answers, short enough for the button."""

    label: str
    value: str


@dataclass(frozen=True)
class Question:
    """name: of the answer, and of the text that asks, under `forms.{kind}.ask`. optional: asked only when it is opened
    from the confirmation.
    """

    name: str
    parse: Parser
    choices: Callable[[Visit, Dialogue], Awaitable[Sequence[Choice]]] | None = None
    columns: int = 1
    optional: bool = False


@dataclass(frozen=True)
class Form:
    """kind: its name, also of its texts under `forms`. leave: what the button that leads out of it carries.

    summary: what is confirmed by a second tap; None carries out at once. stays: another answer may follow, as in a
    search. reads_pictures: a picture is an answer in a form that stays.
    texts: where its words begin, `forms.{kind}` unless said otherwise. hears: takes the message itself that
    answers, with all that is in it. asks: the form whose words its
    questions share, where not its own. opens: each answer can be changed from the confirmation.
    """

    kind: str
    action: Permission
    questions: tuple[Question, ...]
    carry_out: Callable[[Visit, Dialogue], Awaitable[Screen]]
    leave: Callable[[Dialogue], str]
    summary: Callable[[Visit, Dialogue], Awaitable[str]] | None = None
    stays: bool = False
    reads_pictures: bool = False
    hears: Callable[[Visit, Dialogue], Awaitable[Screen]] | None = None
    asks: str = ""
    opens: bool = False
    texts: str = ""
    steps: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", self.texts or f"forms.{self.kind}")
        object.__setattr__(self, "steps", tuple(question.name for question in self.questions))

    def question(self, step: str) -> Question | None:
        """None for the confirmation, and for a step of an earlier version."""
        return next((question for question in self.questions if question.name == step), None)

    def next_step(self, answers: Mapping[str, str], previous: str | None = None) -> str:
        """The first question without an answer, CONFIRM when there is none. previous: only look behind this one."""
        begin = self.steps.index(previous) + 1 if previous in self.steps else 0
        names = (question.name for question in self.questions[begin:] if not question.optional)
        return next((step for step in names if step not in answers), CONFIRM)

    def previous_step(self, step: str, names: Sequence[str]) -> str | None:
        """The question asked before, None where this is the first."""
        steps = self.steps if step == CONFIRM else self.steps[: self.steps.index(step)] if step in self.steps else ()
        return next((name for name in reversed(steps) if name in names), None)
