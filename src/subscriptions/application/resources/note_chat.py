"""Record of a chat as the bot sees it, so that staff can add it as a resource from any process."""

from dataclasses import dataclass, replace

from subscriptions.domain.ids import ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class NoteChat:
    """Use case that looks at a chat. It runs when the bot's status in the chat changes, and before the shell adds the
    chat.
    """

    units: UnitOfWorkFactory
    maker: InviteMaker
    clock: Clock

    async def __call__(self, chat: ChatId | str, actor: TelegramId | None = None) -> ChannelLook | None:
        """Look at the chat and store the result. actor: the account that changed the bot's status; None if staff
        requests it. A chat that a userbot account added is a customer's own channel. It is neither looked at nor
        stored, because its title names the customer and one is created with each sale.

        Returns None if the bot cannot see the chat and is no administrator there, or if it was skipped. Raises
        RetryLater while Telegram cannot be reached.
        """
        if actor is not None and await self._is_ours(chat, actor):
            return None
        look = await self.maker.look(chat)
        async with self.units() as uow:
            previous_look = await uow.resources.seen_chat(chat)
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
        """Look at a known chat again, and at the chat linked to it. Raises RetryLater."""
        async with self.units() as uow:
            place = await uow.channels.get(channel_id)
        look = await self(place.channel_id) if place is not None and place.channel_id is not None else None
        if look is not None and look.linked_chat is not None:
            await self(look.linked_chat)

    async def _is_ours(self, chat: ChatId | str, actor: TelegramId) -> bool:
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat) if not isinstance(chat, str) else None
            accounts = await uow.accounts.list_without_secrets()
        return (channel is not None and channel.resource_id is None) or any(
            each.telegram_id == actor for each in accounts
        )
