"""A channel of the operator's whose posts, and their edits, are shown in the channels of plans."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.broadcasts.sources import (
    DeletionsHeld,
    DeletionsUnseen,
    MirrorLost,
    Source,
    keep_sources,
    mirror_key,
    plan_names,
    sources,
)
from subscriptions.application.broadcasts.take_message import ALBUM_COMES_IN
from subscriptions.domain.entities.broadcast import Audience, Broadcast
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

"""The bot sees no more what is posted in a channel that is to be mirrored."""

Mirrors = Mapping[ChatId, frozenset[str]]
"""Source channels, and the soft ids of the plans whose channels show what is posted there."""


@dataclass(frozen=True)
class MirrorPost:
    """Telegram tells a bot of posts and edits in a channel where it is an admin. Of deletions it tells no bot:
    `FollowDeletions` asks for those."""

    units: UnitOfWorkFactory
    clock: Clock
    mirrors: Mirrors

    def knows(self, chat: ChatId) -> bool:
        """Whether it is a channel that is mirrored."""
        return chat in self.mirrors

    async def mirror(self, chat: ChatId, message: int, album: str | None, content: PickContent) -> None:
        """album: Telegram's name of the album it belongs to, whose posts come one by one. Repeating it changes
        nothing."""
        async with self.units() as uow:
            broadcast = (
                await uow.of(BROADCASTS_KEY).by_key(mirror_key(chat, album), lock=True) if album is not None else None
            )
            if broadcast is not None and broadcast.holds(message):
                return
            if broadcast is not None and broadcast.add(content):
                await uow.of(BROADCASTS_KEY).save(broadcast)
            else:
                # What comes after its album went out goes by itself.
                name = album if album is not None and broadcast is None else str(message)
                await self._new(
                    uow, mirror_key(chat, name), chat, content, waits=broadcast is None and album is not None
                )
            await uow.commit()

    async def edit(self, chat: ChatId, message: int, album: str | None, content: PickContent) -> None:
        """Another text, caption or buttons; a file that was put in another's place is not followed."""
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
        """Whether the bot is told what is posted there: an alarm where it is not, closed once it is again."""
        async with self.units() as uow:
            plans = "" if sees else await plan_names(uow, self.mirrors.get(chat, frozenset()))
            alarm = None if sees else MirrorLost(channel=title, plans=plans)
            await keep_alarm(uow, MirrorLost, str(chat), alarm, self.clock.now())
            await uow.commit()

    async def keep_sources(self, titles: Mapping[ChatId, str]) -> None:
        """Have the other processes know what is mirrored, by these names; of what is no more there is no alarm."""
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

    async def _new(self, uow: UnitOfWork, key: str, chat: ChatId, content: PickContent, *, waits: bool) -> None:
        now = self.clock.now()
        fresh = Broadcast.draft(key, None, content, now)
        fresh.aim(Audience(channels=self.mirrors[chat]))
        fresh.start(now + ALBUM_COMES_IN if waits else now, now)
        await uow.of(BROADCASTS_KEY).add_if_new(fresh)
