"""Mirrored channels, and the accounts that see them. One process stores the channels in the database for all
processes.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from features.broadcasts.domain import Broadcast
from subscriptions.domain.entities.variable import Variable, numbers
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

HELD_POSTS: Final = numbers("mirror_held", " ")
"""Variable with the posts that were deleted in bulk from a mirrored channel, keyed by channel. Staff must decide about
their copies.
"""
UNSEEN_FOR: Final = timedelta(minutes=15)
"""Time without a check after which a mirrored channel counts as unseen."""


@dataclass(frozen=True)
class Source:
    """Mirrored channel, whose posts are copied. plans: display names of the plans whose channels receive the copies."""

    chat: ChatId
    title: str
    plans: str


@dataclass(frozen=True)
class Sight:
    """Userbot account that sees a mirrored channel, with the account's access hash for the channel and the time of its
    last check.
    """

    account_id: AccountId
    access_hash: int
    looked_at: datetime

    def fresh(self, now: datetime) -> bool:
        """Return True if the channel was checked recently."""
        return abs(now - self.looked_at) < UNSEEN_FOR

    def to_text(self) -> str:
        """Return the value as text for storage."""
        return f"{self.account_id} {self.access_hash} {self.looked_at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "Sight | None":
        """Parse the stored text. Return None for an empty text."""
        parts = text.split()
        return cls(AccountId(int(parts[0])), int(parts[1]), datetime.fromisoformat(parts[2])) if parts else None


def _load(text: str) -> Sequence[Source]:
    return [Source(ChatId(chat), title, plans) for chat, title, plans in json.loads(text)]


def _dump(sources: Iterable[Source]) -> str:
    return json.dumps([[each.chat, each.title, each.plans] for each in sources])


SOURCES: Final = Variable("mirror_sources", _load, _dump)
"""Variable with the mirrored channels, as listed in the bot's settings."""
SOURCE_SIGHT: Final = Variable("mirror_seen", Sight.parse, Sight.to_text)
"""Variable with the userbot account that sees a mirrored channel, one per channel."""


async def sources(uow: UnitOfWork) -> Sequence[Source]:
    """Return all mirrored channels."""
    return await uow.variables.get(SOURCES) or ()


async def keep_sources(uow: UnitOfWork, sources: Iterable[Source]) -> None:
    """Store the mirrored channels, which replace all stored channels. The caller commits."""
    await uow.variables.set(SOURCES, list(sources))


async def sight_of(uow: UnitOfWork, chat: ChatId) -> Sight | None:
    """Return the account that sees a mirrored channel; None if no account saw it at the last check."""
    return await uow.variables.get(SOURCE_SIGHT.for_subject(chat))


async def keep_sight(uow: UnitOfWork, chat: ChatId, sight: Sight | None) -> None:
    """Store the account that sees a mirrored channel. The caller commits."""
    await uow.variables.set(SOURCE_SIGHT.for_subject(chat), sight)


async def held_posts(uow: UnitOfWork, chat: ChatId) -> frozenset[int]:
    """Return the deleted posts whose copies only staff may withdraw."""
    return await uow.variables.get(HELD_POSTS.for_subject(chat)) or frozenset()


async def keep_held(uow: UnitOfWork, chat: ChatId, posts: Iterable[int]) -> None:
    """Store the deleted posts whose copies await a staff decision. The caller commits."""
    await uow.variables.set(HELD_POSTS.for_subject(chat), frozenset(posts))


async def plan_names(uow: UnitOfWork, soft_ids: Collection[str]) -> str:
    """Return the display names of the plans with these slugs as one text. A deleted plan is named by its slug."""
    labels = {plan.soft_id: plan.label for plan in await uow.plans.all(active_only=False)}
    return ", ".join(labels.get(each, each) for each in sorted(soft_ids))


def mirror_key(chat: ChatId, name: str) -> str:
    """Return the broadcast key of a mirrored post. name: message id of the post, or Telegram's id of its album."""
    return f"mirror:{chat}:{name}"


def posts_of(broadcast: Broadcast) -> frozenset[int]:
    """Return the message ids of the posts that a broadcast mirrors. The id of a text-only post is taken from the
    broadcast's key.
    """
    source = broadcast.content.source
    return frozenset(source.messages if source is not None else [int(broadcast.key.rpartition(":")[2])])
