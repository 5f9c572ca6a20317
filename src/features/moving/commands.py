"""Staff commands that import people from another system: members of a chat, and lines of a file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from features.moving.jobs import InviteMembers as PostButton
from features.moving.use_cases.bring_in import BringIn, MoveResult, counts_of
from features.moving.use_cases.import_people import refusal
from features.moving.use_cases.members import SHOWN, chat_of, named, waiting
from features.moving.use_cases.people_files import Fault, ImportRow, Reading, members, read_people
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.dto.jobs import LookInside
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong, day
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import PLAN, Choice, Input, InputKind
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.spoken import Spoken
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ResourceId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.domain.services.zones import end_of_day

MOST_LINES: Final = 200
"""Maximum number of lines of a file that a form imports in one transaction; `umbral import csv` takes more."""
_LONGEST_FILE: Final = 40_000
_SHOWN_LINE: Final = 60


def _people(answer: Answer, _: Answers) -> str:
    ids = set(answer.text.replace(",", " ").split())
    if not ids or not all(each.isascii() and each.isdecimal() and len(each) <= 18 for each in ids):
        raise Wrong("choose")
    return ",".join(sorted(ids, key=int))


def _ids(text: str) -> Sequence[TelegramId]:
    return [TelegramId(int(each)) for each in text.split(",")]


def _last_day(answer: Answer, answers: Answers) -> str:
    text = day(answer, answers)
    if not text:
        raise Wrong("day", given="–")
    return text


def _file(answer: Answer, _: Answers) -> str:
    """Parse the pasted text of a file. The separators may be tabs, as when cells are copied from a spreadsheet."""
    text = answer.text.strip()
    if not text:
        raise Wrong("moving_empty")
    if len(text) > _LONGEST_FILE:
        raise Wrong("text_long", n=str(len(text)), limit=str(_LONGEST_FILE))
    return text


PEOPLE: Final[Input[Sequence[TelegramId]]] = Input(name="members", kind=InputKind.MANY, parse=_people, value=_ids)
LAST_DAY: Final[Input[date]] = Input(
    name="last_day", kind=InputKind.TEXT, parse=_last_day, value=date.fromisoformat, limits=(8, 10)
)
"""Input for the last day of the access, in the shop's time zone."""
LINES: Final[Input[str]] = Input(
    name="csv_lines", kind=InputKind.PARAGRAPH, parse=_file, value=str, limits=(1, _LONGEST_FILE)
)


class AdoptMembers(StaffCommand):
    """Staff command that gives a plan to people who are already in a chat. Nobody is added to or
    removed from the chat.
    """

    name = "adopt_members"
    permission = StaffAction.GRANT_PLAN
    subject = SubjectKind.RESOURCE
    inputs = (PEOPLE, PLAN, LAST_DAY)
    outcomes = ("adopted",)
    effects = ("adopts",)
    begins = True
    console_page = "/moving"

    give_time: GiveTime
    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Give the plan until the end of the given day. Skip people who already have access for at least as long and
        people who left the chat.
        """
        chat = await _chat(execution)
        results = await self._bring_in(execution, chat)
        for each in results:
            person = each.import_row.telegram_id
            customer = await execution.uow.customers.by_telegram_id(person) if person is not None else None
            if customer is not None:
                look = LookInside(channel_id=chat.id, customer_id=customer.id)
                await execution.uow.enqueue(look.keyed_job(f"{chat.id}:{customer.id}"))
        return Outcome(name="adopted", facts=_facts(results), audit=_audit(execution.subject_id, results))

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of people who get the plan."""
        return Effect(name="adopts", facts=_facts(await self._bring_in(execution, await _chat(execution))))

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices of an input: the chat members without a plan, or the plans that give
        access to the chat.
        """
        resource_id = ResourceId(UUID(subject.id))
        if asked_input is PEOPLE:
            chat = await chat_of(uow, resource_id)
            people = await named(uow, (await waiting(uow, chat))[:SHOWN]) if chat is not None else ()
            return [Choice(str(each.telegram_id), each.name) for each in people]
        if asked_input is PLAN:
            plan_ids = await uow.resources.plans_with(resource_id)
            plans = await uow.plans.all(active_only=False)
            return [Choice(plan.soft_id, plan.label) for plan in plans if plan.id in plan_ids]
        return ()

    async def _bring_in(self, execution: Execution, chat: Channel) -> Sequence[MoveResult]:
        plan = await execution.uow.plans.by_soft_id(execution[PLAN])
        if plan is None or await refusal(execution.uow, execution[PLAN]) is not None:
            raise Wrong("plan", question=PLAN.name)
        end = end_of_day(execution[LAST_DAY], self.policy.zones.home)
        if end <= execution.at:
            raise Wrong("moving_past", question=LAST_DAY.name)
        known = {*await waiting(execution.uow, chat)}
        people = [str(each) for each in execution[PEOPLE] if each in known]
        bring_in = BringIn(self.give_time)
        return [
            await bring_in(execution.uow, import_row, plan, execution.at, execution.actor.name)
            for import_row in members(people, plan.soft_id, end)
        ]


class ImportLines(StaffCommand):
    """Staff command that gives the people in a file the time that they paid for elsewhere."""

    name = "import_csv"
    permission = StaffAction.GRANT_PLAN
    subject = SubjectKind.SHOP
    inputs = (LINES,)
    outcomes = ("imported",)
    effects = ("imports",)
    begins = True
    panel_page = "moving.file"
    console_page = "/moving"

    give_time: GiveTime
    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Import all lines, or none if a line is invalid. A line that was imported before grants no time again."""
        results = await self._bring_in(execution)
        return Outcome(name="imported", facts=_facts(results), audit=_audit(execution.operation, results))

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of lines for each result that the import would have."""
        return Effect(name="imports", facts=_facts(await self._bring_in(execution)))

    async def _bring_in(self, execution: Execution) -> Sequence[MoveResult]:
        try:
            import_rows, faults, _ = read_people(execution[LINES], Reading(), execution.at, self.policy.zones.home)
        except InvalidInput as error:
            if isinstance(error.problem, Spoken):
                raise Wrong("file_text", question=LINES.name, problem=error.problem) from error
            raise Wrong("moving_file", question=LINES.name) from error
        plans = {each.plan: await execution.uow.plans.by_soft_id(each.plan) for each in import_rows}
        bad = [await refusal(execution.uow, soft_id) for soft_id in plans]
        unfit = {soft_id for soft_id, problem in zip(plans, bad, strict=True) if problem is not None}
        _refuse(faults, import_rows, unfit)
        bring_in = BringIn(self.give_time)
        return [
            await bring_in(execution.uow, import_row, plan, execution.at, execution.actor.name)
            for import_row in import_rows
            if (plan := plans[import_row.plan]) is not None
        ]


def _refuse(faults: Sequence[Fault], import_rows: Sequence[ImportRow], unfit: set[str]) -> None:
    """Raise Wrong for the first line that cannot be imported."""
    wrong = [(each.line, each.field) for each in faults]
    wrong += [(each.line, "plan") for each in import_rows if each.plan in unfit]
    wrong += [(each.line, "telegram_id") for each in import_rows if each.telegram_id is None]
    if wrong:
        line, field = min(wrong)
        known = field if field in {"telegram_id", "plan", "until", "surplus"} else "key"
        raise Wrong(f"moving_{known}", question=LINES.name, line=str(line), n=str(len({each for each, _ in wrong})))
    if not import_rows:
        raise Wrong("moving_empty", question=LINES.name)
    if len(import_rows) > MOST_LINES:
        raise Wrong("moving_many", question=LINES.name, n=str(len(import_rows)), limit=str(MOST_LINES))


class InviteMembers(StaffCommand):
    """Staff command that posts a message in a chat, with a button for members who paid in another system."""

    name = "ask_members"
    permission = StaffAction.GRANT_PLAN
    subject = SubjectKind.RESOURCE
    outcomes = ("posting",)
    begins = True
    console_page = "/moving"

    async def run(self, execution: Execution) -> Outcome:
        """Queue the post. If the command is repeated immediately, the post is queued only once. Raises NothingToDo
        before the bot has a username.
        """
        chat = await _chat(execution)
        if not await execution.uow.variables.get(BOT_USERNAME):
            raise NothingToDo("the bot has no username yet")
        await execution.uow.enqueue(PostButton(channel_id=chat.id).keyed_job(chat.id))
        entry = AuditEntry(subject=execution.subject_id, action="members.asked")
        return Outcome(name="posting", facts={"title": chat.title}, audit=[entry])


async def _chat(execution: Execution) -> Channel:
    chat = await chat_of(execution.uow, ResourceId(execution.subject_id))
    if chat is None or chat.channel_id is None:
        raise NothingToDo("no shared chat")
    return chat


def _facts(results: Iterable[MoveResult]) -> Mapping[str, Fact]:
    return {name: number for name, number in counts_of(results).items() if name != "code"}


def _audit(subject: UUID, results: Sequence[MoveResult]) -> Sequence[AuditEntry]:
    counts = counts_of(results)
    given = counts["given"] + counts["extended"]
    return [AuditEntry(subject=subject, action="members.given", facts={"given": str(given)})] if given else []
