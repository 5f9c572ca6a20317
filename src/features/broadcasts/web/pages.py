"""Console pages of broadcasts and their progress."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from features.broadcasts.domain import Audience, BroadcastId, BroadcastStatus
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.use_cases.see_broadcasts import (
    BOUGHT_WITHIN,
    OPEN_STATES,
    AudienceSize,
    BroadcastView,
    UnknownBroadcast,
)
from features.broadcasts.wiring import see_broadcasts_of
from features.broadcasts.words import (
    FIGURES,
    command_names,
    commonest,
    opening_lines,
    status_word,
    what,
    whom,
)
from subscriptions.application.lists.columns import Count, Moment, PageLink, State, Text
from subscriptions.application.menu import MenuSection
from subscriptions.application.posts.typed_post import typed_markup
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row
from web.console.pages.texts import typed_pieces
from web.console.said import ChatWords
from web.console.visit import Page, PageGone, Visit

PAGE_SIZE: Final = 5
"""Number of broadcasts per page of the list. The value is small because counting an audience may read all customers."""
SHORT: Final = 60
AT_ONCE: Final = ("test", "stop", "resume")
_NAMES: Final = {"on": "resume", "again": "retry", "take": "withdraw"}
"""Action names used in the console, keyed by the names of the same actions' buttons in the chat."""
MAY: Final = BROADCAST

COLUMNS: Final = (
    PageLink("says"),
    State("status", words="cast_state"),
    Text("whom"),
    Moment("goes_at"),
    Count("cast_sent"),
    Count("cast_blocked"),
    Count("cast_failed"),
    Text("author"),
)


class Chat(ChatWords):
    """Texts about broadcasts that the console shares with the chat."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit.words)
        self.visit = visit

    async def whom(self, audience: Audience | None) -> str:
        """Return a text that describes an audience."""
        if audience is None:
            return self("casts.nobody_yet")
        return whom(self, audience, await see_broadcasts_of(self.visit.use.core).names(audience))

    def reach(self, audience: Audience, size: AudienceSize) -> str:
        """Return a text with the number of people or channels that the broadcast reaches and, if any, the number it
        cannot reach.
        """
        sentence = self.count("casts.channels" if audience.channels else "casts.people", size.reachable)
        unreachable = size.all - size.reachable
        return f"{sentence}. {self.count('casts.blocked', unreachable)}" if unreachable else f"{sentence}."


async def list_broadcasts(visit: Visit) -> Mapping[str, Any]:
    """Show the broadcasts, the newest first."""
    number = visit.number()
    views = await see_broadcasts_of(visit.use.core).list_views(visit.who, PAGE_SIZE + 1, number * PAGE_SIZE)
    return {
        "columns": COLUMNS,
        "rows": [await _row(visit, each) for each in views[:PAGE_SIZE]],
        "offered": None,
        "begin": ["compose_broadcast"],
        "following": visit.address(page=str(number + 1)) if len(views) > PAGE_SIZE else None,
        "earlier": number > 0,
    }


async def _row(visit: Visit, view: BroadcastView) -> Row:
    item, progress = view.broadcast, view.progress
    return {
        "id": item.id,
        "way": f"/broadcasts/{item.id}",
        "says": what(Chat(visit), item, SHORT),
        "status": status_word(item, progress),
        "whom": await Chat(visit).whom(item.audience),
        "goes_at": item.starts_at,
        "cast_sent": progress.sent,
        "cast_blocked": progress.blocked,
        "cast_failed": progress.failed,
        "author": _author(visit, view),
    }


def _author(visit: Visit, view: BroadcastView) -> str:
    if view.broadcast.author is None:
        return visit.words("cast.program")
    return view.author.mention if view.author is not None else str(view.broadcast.author)


async def one(visit: Visit) -> Mapping[str, Any]:
    """Show one broadcast: a draft with the size of its audience, a started one with its progress."""
    view = await view_of(visit, visit.id())
    item, chat = view.broadcast, Chat(visit)
    waits = item.status in OPEN_STATES
    file = await see_broadcasts_of(visit.use.core).file(visit.who, item.id) if waits else None
    size = await see_broadcasts_of(visit.use.core).size(item.audience) if waits and item.audience is not None else None
    # Until Telegram has stored the file, the draft can only be discarded.
    offered = _offered_commands(view, size) if file is None else ("discard",)
    figures = {name: getattr(view.progress, name) for name in FIGURES}
    figure_lines = [chat(f"casts.figure.{name}", n=n, of=view.progress.total) for name, n in figures.items() if n]
    return {
        "item": item,
        "status": status_word(item, view.progress),
        "sealed": f"{item.id}.{item.seal}",
        "whom": await chat.whom(item.audience),
        "reach": chat.reach(item.audience, size) if size is not None and item.audience is not None else None,
        "author": _author(visit, view),
        "progress": None if waits else view.progress,
        "figures": figure_lines or [chat("casts.figure.sent", n=0, of=view.progress.total)],
        "opened": [] if waits else opening_lines(chat, view.progress),
        "bought": [_purchases_text(visit, people, total) for people, total in view.purchases],
        "reasons": [f"{reason}: {n}" for reason, n in commonest(view.progress.reasons, visit.words.refusal)],
        "pieces": typed_pieces(typed_markup(item.content.text, item.content.entities)),
        "filed": item.content.source is not None or item.content.photo_url is not None,
        "file": file,
        "file_refused": visit.words.refusal(file.refused) if file is not None and file.refused else "",
        "at_once": [name for name in AT_ONCE if name in offered],
        "offered": [name for name in offered if name not in AT_ONCE],
    }


def _purchases_text(visit: Visit, people: int, total: Money) -> str:
    return visit.words("cast.bought", n=people, sum=visit.words.money(total), days=BOUGHT_WITHIN.days)


def _offered_commands(view: BroadcastView, size: AudienceSize | None) -> Sequence[str]:
    status = view.broadcast.status
    if status is BroadcastStatus.SCHEDULED:
        return ("test", "stop")
    if status is BroadcastStatus.DRAFT:
        start = ("start",) if size is not None and size.reachable else ()
        return (*start, "test", "edit", "link", "aim", "discard")
    return [_NAMES.get(each, each) for each in command_names(view.broadcast, view.progress.unknown)]


async def view_of(visit: Visit, broadcast_id: UUID) -> BroadcastView:
    """Return a broadcast with its progress and purchases. Raises PageGone if the broadcast does not exist."""
    try:
        return await see_broadcasts_of(visit.use.core).whole(visit.who, BroadcastId(broadcast_id))
    except UnknownBroadcast as error:
        raise PageGone("no such broadcast") from error


PAGES: Final = (
    Page("broadcasts", "/broadcasts", "table.html", MAY, list_broadcasts, MenuSection.MESSAGES),
    Page("broadcast", "/broadcasts/{id}", "broadcast.html", MAY, one, parent="broadcasts"),
)
