"""Declarations of guided dialogues: the questions, the parsing of answers, and the command to carry out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.panel.visit import Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Parser
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.permission import Permission

CONFIRM: Final = "-"
"""Name of the step after the last question, which shows the answers and waits for a confirmation."""


@dataclass(frozen=True)
class Choice:
    """Button with a predefined answer below a question. value: the answer that the button submits, short enough for
    callback data.
    """

    label: str
    value: str


@dataclass(frozen=True)
class Question:
    """One question of a form.

    name: key of the answer and of the question's text under `forms.{kind}.ask`. optional: True to ask the question only
    if staff opens it from the confirmation.
    """

    name: str
    parse: Parser
    choices: Callable[[Visit, Dialogue], Awaitable[Sequence[Choice]]] | None = None
    columns: int = 1
    optional: bool = False


@dataclass(frozen=True)
class Form:
    """Declaration of a dialogue.

    kind: name of the form, and the key of its texts under `forms`
    leave: function that returns the callback data of the button that leaves the form
    summary: function that renders the text shown for confirmation; None to carry out the form without a confirmation
    stays: True if the form stays open for another answer, as in a search
    reads_pictures: True if a form that stays open accepts a picture as an answer
    texts: prefix of the form's texts, `forms.{kind}` by default
    hears: function that processes the entire answering message, including media
    asks: name of another form whose question texts this form shares
    opens: True if each answer can be changed from the confirmation
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
        """Return the question of a step, or None for the confirmation and for steps of an earlier version."""
        return next((question for question in self.questions if question.name == step), None)

    def next_step(self, answers: Mapping[str, str], previous: str | None = None) -> str:
        """Return the name of the first unanswered question, or CONFIRM if every question is answered.

        previous: name of the step after which the search begins.
        """
        begin = self.steps.index(previous) + 1 if previous in self.steps else 0
        names = (question.name for question in self.questions[begin:] if not question.optional)
        return next((step for step in names if step not in answers), CONFIRM)

    def previous_step(self, step: str, names: Sequence[str]) -> str | None:
        """Return the name of the question asked before a step, or None for the first question."""
        steps = self.steps if step == CONFIRM else self.steps[: self.steps.index(step)] if step in self.steps else ()
        return next((name for name in reversed(steps) if name in names), None)
