"""Shared parts of the staff commands on broadcasts: inputs, audience and result."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from subscriptions.application.broadcasts.progress import progress_of
from subscriptions.application.broadcasts.see_broadcasts import BroadcastState, state_of
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong, choice, kept_money, typed_money
from subscriptions.application.posts import typed_post
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.subject_type import FindSubject
from subscriptions.domain.entities.broadcast import BY_PLANS, Audience, Broadcast, BroadcastStatus, Segment
from subscriptions.domain.entities.pick import TEXT_LIMIT, PickButton
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ids import BroadcastId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

ANY: Final = "any"
IN_CHANNELS: Final = "channels"
"""Option in the list of segments that selects the channels of plans instead of people."""
NAME_LIMIT: Final = 60


def _one(text: str) -> str | None:
    return None if text == ANY else text


def _parse_spending(answer: Answer, _: Answers) -> str:
    money = typed_money(answer.text, "", "amount") if answer.text.strip() else None
    if money is not None and money.minor <= 0:
        raise Wrong("cast_spent")
    return f"{money.plain} {money.currency}" if money is not None else ""


def _money(text: str) -> Money | None:
    return kept_money(text) if text else None


def _plans(answer: Answer, _: Answers) -> str:
    return ",".join(sorted(set(answer.text.replace(",", " ").split())))


TEXT: Final[Input[tuple[str, str | None]]] = Input(
    name="text",
    kind=InputKind.PARAGRAPH,
    parse=typed_post.text,
    value=typed_post.read_markup,
    limits=(1, 2 * TEXT_LIMIT),
)
"""Text with Telegram's tags, which do not count towards Telegram's limit."""
LINKS: Final[Input[tuple[tuple[PickButton, ...], ...]]] = Input(
    name="links",
    kind=InputKind.PARAGRAPH,
    parse=typed_post.buttons,
    value=typed_post.buttons_of,
    limits=(0, 2000),
    default="",
)
SEGMENT: Final[Input[str]] = Input(name="segment", kind=InputKind.CHOICE, parse=choice, value=str)
LANGUAGE: Final[Input[str | None]] = Input(
    name="language", kind=InputKind.CHOICE, parse=choice, value=_one, default=ANY
)
OF_PLAN: Final[Input[str | None]] = Input(name="of_plan", kind=InputKind.CHOICE, parse=choice, value=_one, default=ANY)
CHAT: Final[Input[str | None]] = Input(name="chat", kind=InputKind.CHOICE, parse=choice, value=_one, default=ANY)
MIN_SPEND: Final[Input[Money | None]] = Input(
    name="spent", kind=InputKind.TEXT, parse=_parse_spending, value=_money, limits=(0, 40), default=""
)
CHANNELS: Final[Input[frozenset[str]]] = Input(
    name="channels",
    kind=InputKind.MANY,
    parse=_plans,
    value=lambda text: frozenset(filter(None, text.split(","))),
    default="",
)
"""Slugs of plans, separated by commas."""
AUDIENCE: Final = (SEGMENT, LANGUAGE, OF_PLAN, CHAT, MIN_SPEND, CHANNELS)


class BroadcastCommand(StaffCommand):
    """Base of the staff commands on broadcasts. Changes of an unsent draft are not recorded in the audit log."""

    permission = StaffAction.BROADCAST
    subject = SubjectKind.BROADCAST
    result = BroadcastState

    async def recall(self, act: Act, outcome: Outcome) -> Outcome:
        """Return the outcome with the broadcast's current state."""
        key = act.operation if self.makes is not None else _parts(act.subject)[0]
        broadcast = await act.uow.of(BROADCASTS_KEY).get(BroadcastId(key))
        result = await state_of(act.uow, broadcast) if broadcast is not None else None
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices of segments, languages, plans, and shared chats."""
        if asked_input is SEGMENT:
            return [Choice(each) for each in (*Segment, IN_CHANNELS)]
        if asked_input is LANGUAGE:
            return [Choice(each) for each in (ANY, *LANGUAGES)]
        if asked_input is CHAT:
            resource_ids = await uow.resources.list_placed()
            chats = [each for each in await uow.resources.all() if each.id in resource_ids]
            return [Choice(ANY), *(Choice(each.soft_id, each.title) for each in chats)]
        if asked_input in {OF_PLAN, CHANNELS}:
            plans = [Choice(plan.soft_id, plan.label) for plan in await uow.plans.all(active_only=False)]
            return [Choice(ANY), *plans] if asked_input is OF_PLAN else plans
        return ()


async def broadcast_of(act: Act, *statuses: BroadcastStatus) -> Broadcast:
    """Return the command's broadcast, locked.

    statuses: required statuses; empty allows any. Raises NothingToDo if the broadcast was deleted or has another
    status.
    """
    broadcast = await act.uow.of(BROADCASTS_KEY).get(BroadcastId(_parts(act.subject)[0]), lock=True)
    if broadcast is None or (statuses and broadcast.status not in statuses):
        raise NothingToDo(f"it is {broadcast.status}" if broadcast is not None else "gone")
    return broadcast


def refuse_changed(act: Act, broadcast: Broadcast, asked_input: Input[Any]) -> None:
    """Raise Wrong if the content or the audience changed since the broadcast was shown to the staff member."""
    if _parts(act.subject)[1] not in {"", broadcast.seal}:
        raise Wrong("cast_changed", question=asked_input.name)


async def save(act: Act, broadcast: Broadcast, name: str, reason: str = "", **facts: str) -> Outcome:
    """Save the broadcast and return the outcome. reason: reason for the audit log; if empty, no audit entry is made."""
    await act.uow.of(BROADCASTS_KEY).save(broadcast)
    audit = [AuditEntry(subject=broadcast.id, reason=reason, facts=facts)] if reason else []
    return Outcome(name=name, audit=audit, result=await state_of(act.uow, broadcast))


def audience_of(act: Act) -> Audience:
    """Return the audience that the answers describe. Raises Wrong for answers that contradict each other."""
    segment, language, plan, chat, amount = act[SEGMENT], act[LANGUAGE], act[OF_PLAN], act[CHAT], act[MIN_SPEND]
    channels = act[CHANNELS]
    if (segment == IN_CHANNELS) is not bool(channels) or (channels and language is not None):
        raise Wrong("cast_channels", question=CHANNELS.name)
    if (segment == Segment.INSIDE) is (chat is None):
        raise Wrong("cast_chat", question=CHAT.name)
    if (segment == Segment.SPENT) is (amount is None):
        raise Wrong("cast_spent", question=MIN_SPEND.name)
    if plan is not None and (segment == Segment.NEVER or segment not in BY_PLANS):
        raise Wrong("cast_never" if segment == Segment.NEVER else "cast_no_plan", question=OF_PLAN.name)
    if channels:
        return Audience(channels=channels)
    return Audience(segment=Segment(segment), language=language, plan=plan, chat=chat, spent=amount)


def answers_of(audience: Audience | None) -> dict[str, str]:
    """Return the answers that describe an audience; empty if the audience is not set."""
    if audience is None:
        return {}
    if audience.channels:
        return {SEGMENT.name: IN_CHANNELS, CHANNELS.name: ",".join(sorted(audience.channels))}
    values = {LANGUAGE: audience.language, OF_PLAN: audience.plan, CHAT: audience.chat}
    amount = f"{audience.spent.plain} {audience.spent.currency}" if audience.spent is not None else ""
    answers = {each.name: value or ANY for each, value in values.items()}
    return {SEGMENT.name: str(audience.segment), MIN_SPEND.name: amount, **answers}


def broadcast_finder(reads: FindSubject) -> FindSubject:
    """Return a function that finds a broadcast by its id, optionally followed by a dot and the hash of the version
    shown.

    reads: finder of the shop, whose clock is used.
    """

    async def find(uow: UnitOfWork, text: str) -> Subject | None:
        key, _ = _parts(text)
        broadcast = await uow.of(BROADCASTS_KEY).get(BroadcastId(key)) if key is not None else None
        shop = await reads(uow, "")
        if broadcast is None or shop is None:
            return None
        content = broadcast.content
        says = typed_post.typed_markup(content.text, content.entities)
        facts: dict[str, Fact] = {"count": (await progress_of(uow, broadcast)).unknown, "says": says, TEXT.name: says}
        facts |= {LINKS.name: typed_post.typed_buttons(content.buttons), **answers_of(broadcast.audience)}
        name = " ".join(content.text.split())[:NAME_LIMIT] or str(broadcast.id)
        return Subject(id=text, name=name, facts=facts, reads=shop.reads)

    return find


def _parts(subject: str) -> tuple[Any, str]:
    key, _, seal = subject.partition(".")
    try:
        return UUID(key), seal
    except ValueError:
        return None, seal
