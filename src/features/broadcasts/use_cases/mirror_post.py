"""Mirroring of an operator's channel: its posts, and later edits of the posts, are copied to the channels of plans."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from features.broadcasts.alarms import DeletionsHeld, DeletionsUnseen, MirrorLost
from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.sources import Source, keep_sources, mirror_key, plan_names, sources
from features.broadcasts.use_cases.take_message import ALBUM_COMES_IN
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

Mirrors = Mapping[ChatId, frozenset[str]]
"""Source channels, each with the slugs of the plans whose channels show copies of its posts."""


@dataclass(frozen=True)
class MirrorPost:
    """Use case that mirrors posts and edits of channels in which the bot is an administrator. Telegram does not report
    deletions to bots, so `SyncDeletions` checks for deleted posts.

    is_on: False while the feature is draining. New posts are then not mirrored, but edits of mirrored posts are.
    """

    units: UnitOfWorkFactory
    clock: Clock
    mirrors: Mirrors
    is_on: bool = True

    def knows(self, chat: ChatId) -> bool:
        """Return True if the channel is mirrored."""
        return chat in self.mirrors

    async def mirror(self, chat: ChatId, message: int, album: str | None, content: PostContent) -> None:
        """Mirror a post. Idempotent.

        album: Telegram's id of the post's album, whose posts arrive one by one.
        """
        if not self.is_on:
            return
        async with self.units() as uow:
            broadcast = (
                await uow.of(BROADCASTS_KEY).by_key(mirror_key(chat, album), lock=True) if album is not None else None
            )
            if broadcast is not None and broadcast.holds(message):
                return
            if broadcast is not None and broadcast.add(content):
                await uow.of(BROADCASTS_KEY).save(broadcast)
            else:
                # A post that arrives after its album was sent becomes a separate broadcast.
                name = album if album is not None and broadcast is None else str(message)
                await self._new(
                    uow, mirror_key(chat, name), chat, content, waits=broadcast is None and album is not None
                )
            await uow.commit()

    async def edit(self, chat: ChatId, message: int, album: str | None, content: PostContent) -> None:
        """Mirror an edit of a post's text, caption or buttons. A replaced file is not mirrored."""
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).by_key(mirror_key(chat, album or str(message)), lock=True)
            if broadcast is None or (album is not None and not content.text):
                return
            try:
                broadcast.edit(
                    replace(broadcast.content, text=content.text, entities=content.entities, buttons=content.buttons),
                    self.clock.now(),
                )
            except InvalidInput as error:
                log.warning("an edit cannot be mirrored", reason=str(error))
                return
            await uow.of(BROADCASTS_KEY).save(broadcast)
            await uow.commit()

    async def record_sight(self, chat: ChatId, title: str, *, sees: bool) -> None:
        """Record whether the bot receives the channel's posts: raise an alarm if it does not, and close the alarm once
        it does.
        """
        async with self.units() as uow:
            plans = "" if sees else await plan_names(uow, self.mirrors.get(chat, frozenset()))
            alarm = None if sees else MirrorLost(channel=title, plans=plans)
            await keep_alarm(uow, MirrorLost, str(chat), alarm, self.clock.now())
            await uow.commit()

    async def keep_sources(self, titles: Mapping[ChatId, str]) -> None:
        """Store the mirrored channels and their titles for other processes, and close the alarms of channels that are
        no longer mirrored.
        """
        async with self.units() as uow:
            source_list = [
                Source(chat, titles.get(chat, str(chat)), await plan_names(uow, plans))
                for chat, plans in self.mirrors.items()
            ]
            for chat_id in {each.chat for each in await sources(uow)} - self.mirrors.keys():
                for kind in (MirrorLost, DeletionsHeld, DeletionsUnseen):
                    await keep_alarm(uow, kind, str(chat_id), None, self.clock.now())
            await keep_sources(uow, source_list)
            await uow.commit()

    async def _new(self, uow: UnitOfWork, key: str, chat: ChatId, content: PostContent, *, waits: bool) -> None:
        now = self.clock.now()
        fresh = Broadcast.draft(key, None, content, now)
        fresh.aim(Audience(channels=self.mirrors[chat]))
        fresh.start(now + ALBUM_COMES_IN if waits else now, now)
        if await uow.of(BROADCASTS_KEY).add_if_new(fresh):
            await uow.audit.record(
                actor="system",
                action=str(BROADCAST),
                subject=str(fresh.id),
                reason="posted in a mirrored channel",
                at=now,
            )
