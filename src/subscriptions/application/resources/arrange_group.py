"""Staff command that changes the settings of a group: join and leave messages, welcome message, topics."""

from typing import Any, Final

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.jobs import OpenTopics
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong, choice, paragraph
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Execution, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.texts.text_rules import check_markup
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ports.unit_of_work import UnitOfWork

KEEP: Final = "lines_stay"
DELETE: Final = "lines_go"
PER_PLAN: Final = "topic_per_plan"
NO_TOPICS: Final = "no_topics"
WELCOME_LIMIT: Final = 1000


def _welcome(answer: Answer, answers: Answers) -> str:
    text = paragraph(WELCOME_LIMIT, "text_long")(answer, answers)
    check_markup(text)
    return text


LINES: Final[Input[str]] = Input(
    name="lines", kind=InputKind.CHOICE, parse=choice, value=str, default=KEEP, rare=True, stays=True
)
"""Input for the choice whether Telegram's join and leave messages are deleted. By default they are kept, because
members are used to them and deleting needs an additional right.
"""
WELCOME: Final[Input[str]] = Input(
    name="welcome",
    kind=InputKind.PARAGRAPH,
    parse=_welcome,
    value=str,
    limits=(0, WELCOME_LIMIT),
    default="",
    rare=True,
    stays=True,
)
"""Input for a welcome message in Telegram's HTML; `{name}` is replaced by the new member's name. If empty, no welcome
message is sent.
"""


TOPICS: Final[Input[str]] = Input(
    name="topics", kind=InputKind.CHOICE, parse=choice, value=str, default=NO_TOPICS, rare=True, stays=True
)
"""Input for the choice whether the posts of a plan are sent to the plan's own topic."""


def group_facts(resource: Resource) -> dict[str, Fact]:
    """Return the current settings of a group, keyed by the names of the inputs."""
    return {
        LINES.name: DELETE if resource.tidy else KEEP,
        WELCOME.name: resource.welcome or "",
        TOPICS.name: PER_PLAN if resource.topics else NO_TOPICS,
    }


class ArrangeGroup(ChangeResource):
    """Staff command that changes the settings of a group: whether join and leave messages are deleted, the welcome
    message, and topics per plan.
    """

    name = "arrange_group"
    inputs = (LINES, WELCOME, TOPICS)
    outcomes = ("arranged",)

    async def run(self, execution: Execution) -> Outcome:
        """Apply the settings from now on. Raises Wrong for a resource that is not a group."""
        resource = await resource_of(execution)
        if not kind_of(resource).names_who_comes:
            raise Wrong("only_groups", question=LINES.name)
        has_topics = execution[TOPICS] == PER_PLAN
        resource.arrange(
            tidy=execution[LINES] == DELETE, welcome=execution[WELCOME] or None, topics=has_topics, now=execution.at
        )
        await execution.uow.resources.save(resource)
        channel = await execution.uow.resources.channel(resource.id)
        if has_topics and channel is not None:
            # The bot creates the topics now, so that a missing right is reported at once and not with the first post.
            await execution.uow.enqueue(OpenTopics(channel_id=channel.id).keyed_job(channel.id))
        answers = {each.name: str(execution[each]) for each in self.inputs}
        audit = [audit_entry(resource, "resource.arranged", **answers)]
        return Outcome(name="arranged", facts={"title": resource.title}, audit=audit)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the choices for join and leave messages, or for topics."""
        return [Choice(KEEP), Choice(DELETE)] if asked_input is LINES else [Choice(NO_TOPICS), Choice(PER_PLAN)]
