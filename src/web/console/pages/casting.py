"""What is done with a broadcast: put together, seen, let go, stopped and taken back, by the panel's use cases."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.application.broadcasts import typed_post
from subscriptions.application.broadcasts.compose_broadcast import BroadcastChanged, UnknownBroadcast
from subscriptions.application.broadcasts.see_broadcasts import Meant
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, typed_money
from subscriptions.application.views.told_broadcasts import ways, what
from subscriptions.domain.entities.broadcast import BY_PLANS, Audience, Broadcast, BroadcastStatus, Segment
from subscriptions.domain.entities.pick import TEXT_LIMIT, PickContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import BroadcastId
from web.console.door import MANY
from web.console.filled import typed_moment
from web.console.lists import plans
from web.console.pages.about import read_id
from web.console.pages.broadcasts import LISTED, MAY, SHORT, WAITS, Chat, seen_of
from web.console.visit import Action, Field, Led, Target, Typed, Visit
from web.texts import LANGUAGES

FRESH: Final = "new"
ANY: Final = "-"
LINKS_LIMIT: Final = 2000


def _find(*statuses: BroadcastStatus, offered: str = "") -> Callable[[Visit, str], Awaitable[Target | None]]:
    """By its id, and what it said and for whom when its page was seen. None: not in such a state, or not offered."""

    async def find(visit: Visit, about: str) -> Target | None:
        known, _, seal = about.partition(".")
        seen = await seen_of(visit, read_id(known))
        item, chat = seen.broadcast, Chat(visit)
        is_begun = item.status not in WAITS
        if item.status not in statuses and not (is_begun and offered in ways(item, seen.progress.unknown)):
            return None
        to = item.audience or Audience()
        meant = await visit.use.see_broadcasts().size(to) if item.audience is not None else Meant(all=0, reachable=0)
        facts = {
            "seal": seal or item.seal,
            "says": typed_post.typed_markup(item.content.text, item.content.entities),
            "links": typed_post.typed_buttons(item.content.buttons),
            "whom": await chat.whom(item.audience),
            "reach": chat.reach(to, meant),
            "n": seen.progress.unknown,
            "segment": "" if item.audience is None or to.channels else str(to.segment),
            "language": to.language or ANY,
            "of_plan": to.plan or ANY,
            "chat": to.chat or ANY,
            "spent": f"{to.spent.plain} {to.spent.currency}" if to.spent is not None else "",
            "channels": MANY.join(sorted(to.channels)),
        }
        return Target(about, what(chat, item, SHORT), f"{LISTED}/{item.id}", facts)

    return find


async def _fresh(visit: Visit, about: str) -> Target | None:
    return Target(FRESH, visit.words("about.broadcasts"), LISTED) if about == FRESH else None


async def _segments(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    facts = {"chat": "…", "spent": "…"}
    return [(each, Chat(visit)(f"casts.segment.{each}", **facts)) for each in Segment]


async def _languages(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    return [(code, Chat(visit)(f"casts.language.{'any' if code == ANY else code}")) for code in (ANY, *LANGUAGES)]


async def _any_plan(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    return [(ANY, Chat(visit)("casts.any_plan")), *await plans(visit)]


async def _plans(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    return await plans(visit)


async def _chats(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    resources = await visit.use.see_broadcasts().chats(visit.who)
    return [(ANY, visit.words("field.no_chat")), *((each.soft_id, each.title) for each in resources)]


def _people(typed: Typed) -> Audience:
    segment = Segment(typed["segment"])
    language, plan, chat = (None if typed[name] == ANY else typed[name] for name in ("language", "of_plan", "chat"))
    if segment is Segment.NEVER and plan is not None:
        raise InvalidInput("of_plan", "who never had a plan did not have this one either")
    if segment not in BY_PLANS and plan is not None:
        raise Wrong("cast_no_plan", question="of_plan")
    if (segment is Segment.INSIDE) is (chat is None):
        raise Wrong("cast_chat", question="chat")
    if (segment is Segment.SPENT) is not bool(typed["spent"]):
        raise Wrong("cast_spent", question="spent")
    spent = typed_money(typed["spent"], "", "amount") if typed["spent"] else None
    return Audience(segment=segment, language=language, plan=plan, chat=chat, spent=spent)


def _minimum_spent(answer: Answer, _: Answers) -> str:
    money = typed_money(answer.text, "", "amount") if answer.text.strip() else None
    if money is not None and money.minor <= 0:
        raise Wrong("cast_spent")
    return f"{money.plain} {money.currency}" if money is not None else ""


def _broadcast_id(target: Target) -> BroadcastId:
    return BroadcastId(UUID(target.id.partition(".")[0]))


async def _new(visit: Visit, _: Target, typed: Typed, operation: UUID) -> Led:
    text, entities = typed_post.read_markup(typed["text"])
    buttons, picture = typed_post.buttons_of(typed["links"]), typed["picture"] or None
    with_key, pick_content = (
        f"console:{operation}",
        PickContent(text=text, entities=entities, photo_url=picture, buttons=buttons),
    )
    draft, _first = await visit.use.compose_broadcast().draft(visit.who, with_key, pick_content, _people(typed))
    return Led("cast_kept", f"{LISTED}/{draft.id}")


async def _who(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    await visit.use.compose_broadcast().aim(visit.who, _broadcast_id(target), _people(typed))
    return "cast_aimed"


async def _chs(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    audience = Audience(channels=frozenset(typed["channels"].split(MANY)))
    await visit.use.compose_broadcast().aim(visit.who, _broadcast_id(target), audience)
    return "cast_aimed"


async def _go(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    at: datetime | None = typed_moment(typed["at"], visit.zone) if "at" in typed else None
    broadcast: Broadcast = await visit.use.compose_broadcast().start(
        visit.who, _broadcast_id(target), at, target.facts["seal"]
    )
    return "cast_at" if at is not None and broadcast.status is BroadcastStatus.SCHEDULED else "cast_go"


async def _edit(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    text, entities = typed_post.read_markup(typed["text"])
    await visit.use.change_broadcast().edit(visit.who, _broadcast_id(target), text, entities, target.facts["seal"])
    return "cast_edit"


async def _link(visit: Visit, target: Target, typed: Typed, _: UUID) -> str:
    await visit.use.compose_broadcast().put_buttons(
        visit.who, _broadcast_id(target), typed_post.buttons_of(typed["links"])
    )
    return "cast_link"


async def _look(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
    await visit.use.ask_preview()(visit.who, _broadcast_id(target))
    return "cast_look"


async def _drop(visit: Visit, target: Target, _: Typed, __: UUID) -> Led:
    is_gone = await visit.use.compose_broadcast().discard(visit.who, _broadcast_id(target))
    return Led("cast_drop" if is_gone else "over", LISTED)


async def _stop(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
    item = await visit.use.change_broadcast().stop(visit.who, _broadcast_id(target))
    return {BroadcastStatus.STOPPED: "cast_stop", BroadcastStatus.DRAFT: "cast_not_yet"}.get(item.status, "over")


def _change(name: str, done: str) -> Callable[[Visit, Target, Typed, UUID], Awaitable[str]]:
    async def run(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
        await getattr(visit.use.change_broadcast(), name)(visit.who, _broadcast_id(target))
        return done

    return run


Run = Callable[[Visit, Target, Typed, UUID], Awaitable[str | Led]]


def _with_refusals(run: Run) -> Run:
    """What came in between is said where it was typed."""

    async def told(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str | Led:
        try:
            return await run(visit, target, typed, operation)
        except BroadcastChanged as error:
            raise InvalidInput("cast", "it says something else by now, or is for others") from error
        except PlanUnavailable as gone_error:
            raise InvalidInput("plan", "is gone") from gone_error
        except UnknownBroadcast:
            return Led("over", LISTED)

    return told


def _was(name: str, default: str = "") -> Callable[[Target], str]:
    return lambda target: str(target.facts.get(name, default))


TEXT: Final = Field("text", "long", known=_was("says"), most=TEXT_LIMIT, read=typed_post.text)
PICTURE: Final = Field("picture", read=typed_post.picture, optional=True)
LINKS: Final = Field("links", "long", known=_was("links"), most=LINKS_LIMIT, read=typed_post.buttons, optional=True)
PEOPLE: Final = (
    Field("segment", "choice", _segments, _was("segment")),
    Field("language", "choice", _languages, _was("language", ANY)),
    Field("of_plan", "choice", _any_plan, _was("of_plan", ANY)),
    Field("chat", "choice", _chats, _was("chat", ANY)),
    Field("spent", known=_was("spent"), read=_minimum_spent, optional=True),
)
CHANNELS: Final = Field("channels", "many", _plans, _was("channels"))
_DRAFT: Final = BroadcastStatus.DRAFT
ACTIONS: Final = (
    Action("cast_new", MAY, _fresh, _with_refusals(_new), (TEXT, PICTURE, LINKS, *PEOPLE), at_once=True),
    Action("cast_link", MAY, _find(_DRAFT), _with_refusals(_link), (LINKS,), at_once=True),
    Action("cast_who", MAY, _find(_DRAFT), _with_refusals(_who), PEOPLE, at_once=True),
    Action("cast_chs", MAY, _find(_DRAFT), _with_refusals(_chs), (CHANNELS,), at_once=True),
    Action("cast_look", MAY, _find(*BroadcastStatus), _with_refusals(_look)),
    Action("cast_go", MAY, _find(_DRAFT), _with_refusals(_go)),
    Action("cast_at", MAY, _find(_DRAFT), _with_refusals(_go), (Field("at", "moment"),)),
    Action("cast_drop", MAY, _find(_DRAFT), _with_refusals(_drop)),
    Action("cast_stop", MAY, _find(*BroadcastStatus), _with_refusals(_stop)),
    Action("cast_on", MAY, _find(offered="on"), _with_refusals(_change("go_on", "cast_on"))),
    Action("cast_again", MAY, _find(offered="again"), _with_refusals(_change("try_unknown", "cast_on"))),
    Action("cast_edit", MAY, _find(_DRAFT, offered="edit"), _with_refusals(_edit), (TEXT,)),
    Action("cast_take", MAY, _find(offered="take"), _with_refusals(_change("withdraw", "cast_take"))),
)
