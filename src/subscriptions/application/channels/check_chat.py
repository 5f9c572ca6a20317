"""Check of the shared chats: plans that open a chat are sold only while the bot can admit people to the chat."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.channels.watch_bot_rights import WatchBotRights
from subscriptions.application.dto import jobs
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.domain.entities.userbot_account import in_use
from subscriptions.domain.ids import ChannelId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

EVERY: Final = timedelta(hours=1)
"""Maximum age of the recorded state of a chat, because an update about the bot's rights may be lost."""
EVERY_CLOSED: Final = timedelta(minutes=1)
"""Maximum age of the recorded state of a chat to which the bot cannot admit people."""


@dataclass(frozen=True)
class CheckChats:
    """Use case that queues a check of every shared chat whose recorded state is too old. Idempotent."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        """Queue one job per chat for the bot."""
        now = self.clock.now()
        async with self.units() as uow:
            for channel_id in await uow.resources.list_unchecked(now - EVERY, now - EVERY_CLOSED):
                await uow.enqueue(jobs.CheckChat(channel_id=channel_id).keyed_job(channel_id))
            await uow.commit()


@dataclass(frozen=True)
class CheckChat:
    """Use case that fetches and records the state of one shared chat. It raises or closes the alarms about the bot's
    rights when the state has changed.
    """

    units: UnitOfWorkFactory
    clock: Clock
    note_chat: NoteChat
    watch_bot_rights: WatchBotRights

    async def __call__(self, channel_id: ChannelId) -> None:
        """Check the chat. Raises RetryLater while Telegram is unreachable."""
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            bots = in_use(await uow.accounts.bots())
            chat = channel.channel_id if channel is not None and channel.resource_id is not None else None
            before = await uow.resources.seen_chat(chat) if chat is not None else None
        if chat is None:
            return
        look = await self.note_chat(chat)
        if look is not None and look.admits and (before is None or before.admits):
            return
        for bot in bots:
            if bot.role == "subscription":
                await self.watch_bot_rights(chat, TelegramId(bot.telegram_id), None, self.clock.now())
