"""Shared parts of the staff commands on broadcasts: inputs, audience and result."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from features.broadcasts.domain import (
    FARTHEST_END,
    WITHOUT_PLAN,
    Audience,
    Broadcast,
    BroadcastId,
    BroadcastStatus,
    Segment,
)
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import BroadcastState, state_of
from subscriptions.application.dto.typed_answers import (
    Answer,
    Answers,
    Wrong,
    choice,
    kept_money,
    optional,
    typed_money,
    whole,
    words,
)
from subscriptions.application.posts import typed_post
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.tag_customer import parse_tag
from subscriptions.domain.entities.post import TEXT_LIMIT, PostButton
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.tags import LONGEST_TAG

BROADCAST_KIND: Final = "broadcast"
"""Name of the kind of object on which the commands about broadcasts act."""
ANY: Final = "any"
IN_CHANNELS: Final = "channels"
"""Choice in the list of segments that selects the channels of plans instead of customers."""
SOURCES_OFFERED: Final = 12
"""Maximum number of acquisition sources offered as choices; the most common ones are offered."""
_LONGEST_SOURCE: Final = 64


def _one(text: str) -> str | None:
    return None if text == ANY else text


def _parse_spending(answer: Answer, _: Answers) -> str:
    money = typed_money(answer.text, "", "amount") if answer.text.strip() else None
    if money is not None and money.minor <= 0:
        raise Wrong("cast_spent")
    return f"{money.plain} {money.currency}" if money is not None else ""


def _money(text: str) -> Money | None:
    return kept_money(text) if text else None


def _text_or_none(text: str) -> str | None:
    return text or None


def _days_or_none(text: str) -> int | None:
    return int(text) if text else None


def _plans(answer: Answer, _: Answers) -> str:
    return ",".join(sorted(set(answer.text.replace(",", " ").split())))


TEXT: Final[Input[tuple[str, str | None]]] = Input(
    name="text",
    kind=InputKind.PARAGRAPH,
    parse=typed_post.text,
    value=typed_post.read_markup,
    limits=(1, 2 * TEXT_LIMIT),
    is_marked=True,
)
"""Input for a text with Telegram's formatting tags, which do not count towards Telegram's length limit."""
LINKS: Final[Input[tuple[tuple[PostButton, ...], ...]]] = Input(
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
ENDS_WITHIN: Final[Input[int | None]] = Input(
    name="ends_within",
    kind=InputKind.NUMBER,
    parse=optional(whole(1, FARTHEST_END, "cast_ends")),
    value=_days_or_none,
    limits=(1, FARTHEST_END),
    default="",
)
"""Input for the number of days within which access ends without another charge."""
TAG: Final[Input[str | None]] = Input(
    name="tag",
    kind=InputKind.TEXT,
    parse=optional(parse_tag),
    value=_text_or_none,
    limits=(0, LONGEST_TAG),
    default="",
)
SOURCE: Final[Input[str | None]] = Input(
    name="source",
    kind=InputKind.TEXT,
    parse=words(_LONGEST_SOURCE, "cast_source"),
    value=_text_or_none,
    limits=(0, _LONGEST_SOURCE),
    default="",
)
"""Input for the source named in the link through which the customer first opened the bot."""
CHANNELS: Final[Input[frozenset[str]]] = Input(
    name="channels",
    kind=InputKind.MANY,
    parse=_plans,
    value=lambda text: frozenset(filter(None, text.split(","))),
    default="",
)
"""Input for the slugs of the plans whose channels receive the broadcast, separated by commas."""
AUDIENCE: Final = (SEGMENT, OF_PLAN, ENDS_WITHIN, LANGUAGE, CHAT, TAG, SOURCE, MIN_SPEND, CHANNELS)


class BroadcastCommand(StaffCommand):
    """Base of the staff commands on broadcasts. Changes of an unsent draft are not recorded in the audit log."""

    permission = BROADCAST
    subject = BROADCAST_KIND
    result = BroadcastState

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the outcome of a repeated command with the broadcast's current state."""
        key = execution.operation if self.makes is not None else parts_of(execution.subject)[0]
        broadcast = await execution.uow.of(BROADCASTS_KEY).get(BroadcastId(key))
        result = await state_of(execution.uow, broadcast, execution.at) if broadcast is not None else None
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices of an input: segments, languages, plans, shared chats, or the common tags or sources."""
        offers = _OFFERS.get(asked_input.name)
        return await offers(uow) if offers is not None else ()


async def _segments(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(each) for each in (*Segment, IN_CHANNELS)]


async def _languages(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(each) for each in (ANY, *LANGUAGES)]


async def _chats(uow: UnitOfWork) -> Sequence[Choice]:
    resource_ids = await uow.resources.list_placed()
    chats = [each for each in await uow.resources.all() if each.id in resource_ids]
    return [Choice(ANY), *(Choice(each.soft_id, each.title) for each in chats)]


async def _tags(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(each, each) for each in await uow.customers.tags_in_use()]


async def _sources(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(each, each) for each in await uow.customers.common_sources(SOURCES_OFFERED)]


async def _every_plan(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(plan.soft_id, plan.label) for plan in await uow.plans.all(active_only=False)]


async def _any_plan(uow: UnitOfWork) -> Sequence[Choice]:
    return [Choice(ANY), *await _every_plan(uow)]


_OFFERS: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[Sequence[Choice]]]]] = {
    SEGMENT.name: _segments,
    LANGUAGE.name: _languages,
    CHAT.name: _chats,
    TAG.name: _tags,
    SOURCE.name: _sources,
    OF_PLAN.name: _any_plan,
    CHANNELS.name: _every_plan,
}


async def broadcast_of(execution: Execution, *statuses: BroadcastStatus) -> Broadcast:
    """Lock and return the command's broadcast.

    statuses: required statuses; empty allows any. Raises NothingToDo if the broadcast was deleted or has another
    status.
    """
    broadcast = await execution.uow.of(BROADCASTS_KEY).get(BroadcastId(parts_of(execution.subject)[0]), lock=True)
    if broadcast is None or (statuses and broadcast.status not in statuses):
        raise NothingToDo(f"it is {broadcast.status}" if broadcast is not None else "gone")
    return broadcast


def refuse_changed(execution: Execution, broadcast: Broadcast, asked_input: Input[Any]) -> None:
    """Raise Wrong if the content or the audience changed since the broadcast was shown to the staff member."""
    if parts_of(execution.subject)[1] not in {"", broadcast.seal}:
        raise Wrong("cast_changed", question=asked_input.name)


async def save(execution: Execution, broadcast: Broadcast, name: str, reason: str = "", **facts: str) -> Outcome:
    """Save the broadcast and return the outcome. reason: reason for the audit log; if empty, no audit entry is made."""
    await execution.uow.of(BROADCASTS_KEY).save(broadcast)
    audit = [AuditEntry(subject=broadcast.id, reason=reason, facts=facts)] if reason else []
    return Outcome(name=name, audit=audit, result=await state_of(execution.uow, broadcast, execution.at))


def audience_of(execution: Execution) -> Audience:
    """Return the audience that the command's inputs describe. Raises Wrong if the inputs contradict each other."""
    segment, channels = execution[SEGMENT], execution[CHANNELS]
    limits = {
        "plan": execution[OF_PLAN],
        "ends_within": execution[ENDS_WITHIN],
        "language": execution[LANGUAGE],
        "chat": execution[CHAT],
        "tag": execution[TAG],
        "source": execution[SOURCE],
        "spent": execution[MIN_SPEND],
    }
    has_limits = any(each is not None for each in limits.values())
    if (segment == IN_CHANNELS) is not bool(channels) or (channels and has_limits):
        raise Wrong("cast_channels", question=CHANNELS.name)
    if segment == Segment.INSIDE and limits["chat"] is None:
        raise Wrong("cast_chat", question=CHAT.name)
    if segment == Segment.SPENT and limits["spent"] is None:
        raise Wrong("cast_spent", question=MIN_SPEND.name)
    if segment == Segment.NEVER and limits["plan"] is not None:
        raise Wrong("cast_never", question=OF_PLAN.name)
    if segment in WITHOUT_PLAN and limits["ends_within"] is not None:
        raise Wrong("cast_no_end", question=ENDS_WITHIN.name)
    if channels:
        return Audience(channels=channels)
    return Audience(
        segment=Segment(segment),
        plan=execution[OF_PLAN],
        ends_within=execution[ENDS_WITHIN],
        language=execution[LANGUAGE],
        chat=execution[CHAT],
        tag=execution[TAG],
        source=execution[SOURCE],
        spent=execution[MIN_SPEND],
    )


def answers_of(audience: Audience | None) -> dict[str, str]:
    """Return the values of the command's inputs that describe an audience; empty if the audience is not set."""
    if audience is None:
        return {}
    if audience.channels:
        return {SEGMENT.name: IN_CHANNELS, CHANNELS.name: ",".join(sorted(audience.channels))}
    values = {LANGUAGE: audience.language, OF_PLAN: audience.plan, CHAT: audience.chat}
    amount = f"{audience.spent.plain} {audience.spent.currency}" if audience.spent is not None else ""
    answers = {each.name: value or ANY for each, value in values.items()}
    typed = {
        MIN_SPEND.name: amount,
        ENDS_WITHIN.name: str(audience.ends_within or ""),
        TAG.name: audience.tag or "",
        SOURCE.name: audience.source or "",
    }
    return {SEGMENT.name: str(audience.segment), **typed, **answers}


def parts_of(subject: str) -> tuple[Any, str]:
    """Split a command's subject into the id of a broadcast and the hash of the version that was shown. The id is None
    if it is not valid.
    """
    key, _, seal = subject.partition(".")
    try:
        return UUID(key), seal
    except ValueError:
        return None, seal
