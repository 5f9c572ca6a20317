"""How the bot sees a chat is kept, so that staff can have plans open it wherever they work."""

from dataclasses import replace

from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class NoteChat:
    """Asked whenever the bot's standing in a chat changes, and before the shell adds one."""

    def __init__(self, units: UnitOfWorkFactory, maker: InviteMaker, clock: Clock) -> None:
        self._units = units
        self._maker = maker
        self._clock = clock

    async def __call__(self, chat: ChatId | str) -> ChannelLook | None:
        """Look, and keep it. None: the bot sees no such chat, and is no administrator there. Raises RetryLater while
        Telegram cannot be asked."""
        look = await self._maker.look(chat)
        async with self._units() as uow:
            before = await uow.resources.seen_chat(chat)
            kept = look if look is not None and look.chat is not None else before and replace(before, is_admin=False)
            if kept is not None:
                await uow.resources.see_chat(kept, self._clock.now())
                await uow.commit()
        return look
