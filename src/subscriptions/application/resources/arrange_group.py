"""How a group is kept: without Telegram's lines about who came and went, and with a word of welcome."""

from dataclasses import dataclass
from typing import Any, Final

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, choice, paragraph
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Act, Fact, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.texts.text_rules import check_markup
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ports.unit_of_work import UnitOfWork

KEEP: Final = "lines_stay"
DELETE: Final = "lines_go"
WELCOME_LIMIT: Final = 1000


def _welcome(answer: Answer, answers: Answers) -> str:
    text = paragraph(WELCOME_LIMIT, "text_long")(answer, answers)
    check_markup(text)
    return text


LINES: Final[Input[str]] = Input(
    name="lines", kind=InputKind.CHOICE, read=choice, value=str, default=KEEP, aside=True, stays=True
)
"""What becomes of them. They stay unless somebody says otherwise: members are used to them, and the bot needs a right
more to delete them."""
WELCOME: Final[Input[str]] = Input(
    name="welcome",
    kind=InputKind.PARAGRAPH,
    read=_welcome,
    value=str,
    limits=(0, WELCOME_LIMIT),
    default="",
    aside=True,
    stays=True,
)
"""Telegram's HTML; `{name}` stands for whoever comes. Empty: nobody is greeted."""


def group_facts(resource: Resource) -> dict[str, Fact]:
    """How a group is kept now, by the names of the answers."""
    return {LINES.name: DELETE if resource.tidy else KEEP, WELCOME.name: resource.welcome or ""}


@dataclass(frozen=True)
class ArrangeGroup(ChangeResource):
    """Have a group kept tidy, or not, and say what the bot writes there when somebody comes in."""

    name = "arrange_group"
    inputs = (LINES, WELCOME)
    outcomes = ("arranged",)

    async def run(self, act: Act) -> Outcome:
        """From now on. Raises Wrong for what is no group."""
        resource = await resource_of(act)
        if not kind_of(resource).names_who_comes:
            raise Wrong("only_groups", question=LINES.name)
        resource.arrange(tidy=act[LINES] == DELETE, welcome=act[WELCOME] or None, now=act.at)
        await act.uow.resources.save(resource)
        audit = [audit_entry(resource, "resource.arranged", lines=act[LINES], welcome=act[WELCOME])]
        return Outcome(name="arranged", facts={"title": resource.title}, audit=audit)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Whether they stay."""
        return [Choice(KEEP), Choice(DELETE)]
