"""Storage of a chat's data as seen by the bot, so that staff can add the chat as a resource in any process."""

from dataclasses import dataclass, replace

from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.domain.ids import ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, LooksAtChats
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class NoteChat:
    """Use case that fetches and stores a chat's data. It runs when the bot's status in the chat changes, and before the
    command line adds the chat.
    """

    units: UnitOfWorkFactory
    maker: LooksAtChats
    clock: Clock

    async def __call__(self, chat: ChatId | str, actor: TelegramId | None = None) -> ChannelLook | None:
        """Fetch the chat's data and store it. Return None if the bot cannot see the chat, or if the chat was skipped.
        Raises RetryLater while Telegram is unreachable.

        `actor`: Telegram id of the account that changed the bot's status; None if staff request the check. A chat to
            which a userbot account added the bot is a customer's personal channel. It is skipped, because its title
            contains the customer's name and one is created with each sale.
        """
        if actor is not None and await self._is_ours(chat, actor):
            return None
        look = await self.maker.look(chat)
        async with self.units() as uow:
            previous_look = await uow.resources.seen_chat(chat) or await _known_look(uow, chat)
            chat_look = (
                look
                if look is not None and look.chat is not None
                else previous_look and replace(previous_look, is_admin=False)
            )
            if chat_look is not None:
                await uow.resources.see_chat(chat_look, self.clock.now())
                await uow.commit()
        return look

    async def refresh(self, channel_id: ChannelId) -> None:
        """Fetch the data of a known chat again, and the data of the chat linked to it. Raises RetryLater."""
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
        look = await self(channel.channel_id) if channel is not None and channel.channel_id is not None else None
        if look is not None and look.linked_chat is not None:
            await self(look.linked_chat)

    async def _is_ours(self, chat: ChatId | str, actor: TelegramId) -> bool:
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat) if not isinstance(chat, str) else None
            accounts = await uow.accounts.list_without_secrets()
        return (channel is not None and channel.resource_id is None) or any(
            each.telegram_id == actor for each in accounts
        )


async def _known_look(uow: UnitOfWork, chat: ChatId | str) -> ChannelLook | None:
    """Return what is recorded of a chat of ours that the bot has never seen; None for any other chat."""
    channel = await uow.channels.by_chat_id(chat) if not isinstance(chat, str) else None
    if channel is None or channel.resource_id is None:
        return None
    chat_type = kind_of_channel(channel).chat_types[0]
    return ChannelLook(
        title=channel.title,
        is_channel=chat_type == "channel",
        is_admin=False,
        chat_type=chat_type,
        chat=channel.channel_id,
    )
