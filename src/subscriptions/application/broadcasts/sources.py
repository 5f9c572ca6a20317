"""Which channels are mirrored, and which account sees them: what one process keeps and the others read."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, Way
from subscriptions.domain.entities.broadcast import Broadcast
from subscriptions.domain.entities.variable import Variable, numbers
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

HELD_POSTS: Final = numbers("mirror_held", " ")
"""By source, posts that went all at once: whether their copies go as well is a person's to say."""
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

    def to_text(self) -> str:
        """As it is kept."""
        return f"{self.account_id} {self.access_hash} {self.looked_at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "Sight | None":
        """Read what is kept."""
        parts = text.split()
        return cls(AccountId(int(parts[0])), int(parts[1]), datetime.fromisoformat(parts[2])) if parts else None


def _load(text: str) -> Sequence[Source]:
    return [Source(ChatId(chat), title, plans) for chat, title, plans in json.loads(text)]


def _dump(sources: Iterable[Source]) -> str:
    return json.dumps([[each.chat, each.title, each.plans] for each in sources])


SOURCES: Final = Variable("mirror_sources", _load, _dump)
"""The variable that keeps them, as the bot's settings name them."""
SOURCE_SIGHT: Final = Variable("mirror_seen", Sight.parse, Sight.to_text)
"""By source, who sees it."""


async def sources(uow: UnitOfWork) -> Sequence[Source]:
    """All that are mirrored."""
    return await uow.variables.get(SOURCES) or ()


async def keep_sources(uow: UnitOfWork, sources: Iterable[Source]) -> None:
    """These are mirrored, and no others any more; the caller commits."""
    await uow.variables.set(SOURCES, list(sources))


async def sight_of(uow: UnitOfWork, chat: ChatId) -> Sight | None:
    """None: nobody was in there when it was looked last."""
    return await uow.variables.get(SOURCE_SIGHT.for_subject(chat))


async def keep_sight(uow: UnitOfWork, chat: ChatId, sight: Sight | None) -> None:
    """The caller commits."""
    await uow.variables.set(SOURCE_SIGHT.for_subject(chat), sight)


async def held_posts(uow: UnitOfWork, chat: ChatId) -> frozenset[int]:
    """Posts that are gone there, and that only a person takes back elsewhere."""
    return await uow.variables.get(HELD_POSTS.for_subject(chat)) or frozenset()


async def keep_held(uow: UnitOfWork, chat: ChatId, posts: Iterable[int]) -> None:
    """The caller commits."""
    await uow.variables.set(HELD_POSTS.for_subject(chat), frozenset(posts))


async def plan_names(uow: UnitOfWork, soft_ids: Collection[str]) -> str:
    """What the plans that show a mirrored channel are called; one that is gone by its soft id."""
    labels = {plan.soft_id: plan.label for plan in await uow.plans.all(active_only=False)}
    return ", ".join(labels.get(each, each) for each in sorted(soft_ids))


def mirror_key(chat: ChatId, name: str) -> str:
    """What makes a mirrored post one broadcast. name: its number, or its album's name."""
    return f"mirror:{chat}:{name}"


def posts_of(broadcast: Broadcast) -> frozenset[int]:
    """The numbers of the posts it mirrors: a text, which is not copied from there, is kept under its own."""
    source = broadcast.content.source
    return frozenset(source.messages if source is not None else [int(broadcast.key.rpartition(":")[2])])
