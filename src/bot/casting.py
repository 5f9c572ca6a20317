"""The one message that shows the author of a broadcast how it goes."""

from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.chat import NO_PREVIEW, say
from bot.screens import Screen
from bot.screens.panel.broadcasts import casts as screens
from bot.texts import texts_for
from subscriptions.application.broadcasts.compose_broadcast import ComposeBroadcast
from subscriptions.application.broadcasts.progress import Progress
from subscriptions.application.broadcasts.see_broadcasts import SeeBroadcasts
from subscriptions.domain.entities.broadcast import Broadcast
from subscriptions.domain.errors import UmbralError

log = structlog.get_logger(__name__)

_UNCHANGED: Final = "message is not modified"


class CastCards:
    """Sent once, and edited from then on. That it cannot be shown holds nothing up."""

    def __init__(self, bot: Bot, see_broadcasts: SeeBroadcasts, compose_broadcast: ComposeBroadcast) -> None:
        self._bot = bot
        self._see_broadcasts = see_broadcasts
        self._compose_broadcast = compose_broadcast

    async def __call__(self, broadcast: Broadcast, progress: Progress) -> None:
        """Who has no author has nobody to be shown to."""
        if broadcast.author is None:
            return
        try:
            t = texts_for(await self._see_broadcasts.language_of(broadcast.author))
            screen = screens.going(t, broadcast, progress, back=None)
            if broadcast.card is None or not await self._edited(broadcast.author, broadcast.card, screen):
                await self._compose_broadcast.shown_in(broadcast.id, await say(self._bot, broadcast.author, screen))
        except (TelegramAPIError, UmbralError) as error:
            log.warning("a broadcast's figures could not be shown", reason=str(error))

    async def _edited(self, author: int, card: int, screen: Screen) -> bool:
        """False: it is not there any more. A question that was asked in its place is deleted once it is answered."""
        try:
            await self._bot.edit_message_text(
                screen.text,
                chat_id=author,
                message_id=card,
                reply_markup=screen.markup,
                link_preview_options=NO_PREVIEW,
            )
        except TelegramBadRequest as refused:
            return _UNCHANGED in refused.message
        return True
