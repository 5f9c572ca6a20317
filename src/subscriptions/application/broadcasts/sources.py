"""Which channels are mirrored, and which account sees them: what one process keeps and the others read."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, Way
from subscriptions.domain.entities.broadcast import Broadcast
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

SOURCES: Final = "mirror_sources"
"""The variable that keeps them, as the bot's settings name them."""
SEEN: Final = "mirror_seen:"
"""What the name of the variable begins with that says who sees one; its number follows."""
HELD: Final = "mirror_held:"
"""The same for posts that went all at once: whether their copies go as well is a person's to say."""
"""More was deleted at once than is taken back without a person's word."""
"""No account sees what is deleted there."""
UNSEEN_FOR: Final = timedelta(minutes=15)
"""Not looked at for so long, a source is seen by nobody."""


class OfSource(AlarmKind):
    """About a channel that is mirrored, and the plans whose channels show it."""

    closes = ByCause()
    channel: str
    plans: str


class DeletionsUnseen(OfSource):
    name = "deletions_unseen"
    way = Way.ACCOUNTS


class DeletionsHeld(OfSource):
    """Many of its posts were deleted at once: their copies stay. posts: how many."""

    name = "deletions_held"
    posts: int


class MirrorLost(OfSource):
    """The bot is told no more what is posted there."""

    name = "mirror_lost"


@dataclass(frozen=True)
class Source:
    """A channel that is mirrored. plans: as people read them."""

    chat: ChatId
    title: str
    plans: str


@dataclass(frozen=True)
class Sight:
    """Which account sees a source, how it names it, and when it looked last."""

    account_id: AccountId
    access_hash: int
    looked_at: datetime

    def fresh(self, now: datetime) -> bool:
        """Whether somebody still looks."""
        return abs(now - self.looked_at) < UNSEEN_FOR


async def sources(uow: UnitOfWork) -> Sequence[Source]:
    """All that are mirrored."""
    entries = json.loads(await uow.variables.get(SOURCES) or "[]")
    return [Source(ChatId(chat), title, plans) for chat, title, plans in entries]


async def keep_sources(uow: UnitOfWork, sources: Iterable[Source]) -> None:
    """These are mirrored, and no others any more; the caller commits."""
    await uow.variables.set(SOURCES, json.dumps([[each.chat, each.title, each.plans] for each in sources]))


async def sight_of(uow: UnitOfWork, chat: ChatId) -> Sight | None:
    """None: nobody was in there when it was looked last."""
    parts = (await uow.variables.get(f"{SEEN}{chat}") or "").split()
    return Sight(AccountId(int(parts[0])), int(parts[1]), datetime.fromisoformat(parts[2])) if parts else None


async def keep_sight(uow: UnitOfWork, chat: ChatId, sight: Sight | None) -> None:
    """The caller commits."""
    value = "" if sight is None else f"{sight.account_id} {sight.access_hash} {sight.looked_at.isoformat()}"
    await uow.variables.set(f"{SEEN}{chat}", value)


async def held_posts(uow: UnitOfWork, chat: ChatId) -> frozenset[int]:
    """Posts that are gone there, and that only a person takes back elsewhere."""
    return frozenset(int(each) for each in (await uow.variables.get(f"{HELD}{chat}") or "").split())


async def keep_held(uow: UnitOfWork, chat: ChatId, posts: Iterable[int]) -> None:
    """The caller commits."""
    await uow.variables.set(f"{HELD}{chat}", " ".join(str(each) for each in sorted(posts)))


def mirror_key(chat: ChatId, name: str) -> str:
    """What makes a mirrored post one broadcast. name: its number, or its album's name."""
    return f"mirror:{chat}:{name}"


def posts_of(broadcast: Broadcast) -> frozenset[int]:
    """The numbers of the posts it mirrors: a text, which is not copied from there, is kept under its own."""
    source = broadcast.content.source
    return frozenset(source.messages if source is not None else [int(broadcast.key.rpartition(":")[2])])
