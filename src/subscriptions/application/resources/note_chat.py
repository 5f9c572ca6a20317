"""How the bot sees a chat is kept, so that staff can have plans open it wherever they work."""

from dataclasses import dataclass, replace

from subscriptions.domain.ids import ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class NoteChat:
    """Asked whenever the bot's standing in a chat changes, and before the shell adds one."""

    units: UnitOfWorkFactory
    maker: InviteMaker
    clock: Clock

    async def __call__(self, chat: ChatId | str, actor: TelegramId | None = None) -> ChannelLook | None:
        """Look, and keep it. actor: who changed the bot's standing there, None where staff asks. What an account of
        ours brings it to is a customer's own channel: it is neither looked at nor kept, for its title names them, and
        one is made at each sale.

        None: the bot sees no such chat, and is no administrator there; or nobody wants to know. Raises RetryLater while
        Telegram cannot be asked.
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
        """Look at a chat of ours anew, and at the one that it is linked with. Raises RetryLater."""
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
