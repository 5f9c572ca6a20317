"""Staff command that sets the optional public channel of a plan. The channel announces tips and contains hashes with
which anyone can verify the plan's tip record.
"""

import re
from typing import Any, Final

from features.picks.use_cases.tip_text import HOME_LANGUAGE
from features.record.domain.record_post import RecordChannel, Teasers
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.public_text import PUBLIC_TEMPLATES
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, one_of
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

_USERNAME: Final = re.compile(r"(?:(?:https?://)?t\.me/|@)?([A-Za-z][A-Za-z0-9_]{3,31})/?\Z")
"""Pattern of Telegram usernames: 5 to 32 characters, since 2022 also 4
(core.telegram.org/method/channels.checkUsername).
"""


def _username(answer: Answer, _: Answers) -> str:
    text = answer.text.strip()
    match = _USERNAME.match(text)
    if text and match is None:
        raise Wrong("public_channel")
    return match[1] if match is not None else ""


CHANNEL: Final[Input[str]] = Input(
    name="channel", kind=InputKind.TEXT, parse=_username, value=str, limits=(0, 60), default=""
)
LANGUAGE: Final[Input[str]] = Input(
    name="language", kind=InputKind.CHOICE, parse=one_of(PUBLIC_TEMPLATES), value=str, default=HOME_LANGUAGE
)
TEASERS: Final[Input[Teasers]] = Input(
    name="teasers", kind=InputKind.CHOICE, parse=one_of(list(Teasers)), value=Teasers, default=Teasers.NONE
)


class ChooseRecordChannel(StaffCommand):
    """Staff command that sets the public channel of a plan; an empty name removes the setting. Posts already in the
    channel remain there.
    """

    name = "record_channel"
    begins = True
    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.PLAN
    inputs = (CHANNEL, LANGUAGE, TEASERS)
    outcomes = ("chosen", "removed", "unchanged")

    async def run(self, execution: Execution) -> Outcome:
        """Set or remove the channel. Raises NothingToDo if the plan does not exist."""
        plan_id = PlanId(execution.subject_id)
        plan = await execution.uow.plans.get(plan_id)
        if plan is None:
            raise NothingToDo("gone")
        previous_channel = await execution.uow.of(RECORDS_KEY).channel(plan_id)
        username = execution[CHANNEL]
        record_channel = RecordChannel(
            plan_id=plan_id, username=username, language=execution[LANGUAGE], teasers=execution[TEASERS]
        )
        channel = record_channel if username else None
        if channel == previous_channel:
            return Outcome(name="unchanged", facts={"plan": plan.label})
        await execution.uow.of(RECORDS_KEY).choose_channel(plan_id, channel)
        entry = AuditEntry(
            subject=plan_id,
            action="plan.record_channel",
            facts={
                "plan": plan.soft_id,
                "from": previous_channel.username if previous_channel is not None else "",
                "to": username,
                "teasers": execution[TEASERS],
            },
            reason="decided by the operator",
        )
        facts = {"plan": plan.label, **({"channel": f"@{username}"} if username else {})}
        return Outcome(name="chosen" if username else "removed", facts=facts, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the choices of an input: the languages of the channel, or the options for announcing tips."""
        choices_by_input = {LANGUAGE.name: PUBLIC_TEMPLATES, TEASERS.name: [each.value for each in Teasers]}
        return [Choice(each) for each in choices_by_input.get(asked_input.name, ())]
