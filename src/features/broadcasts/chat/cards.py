"""Progress card of a broadcast in the author's chat, and previews requested in the console."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.chat import NO_PREVIEW, say
from bot.formats import refusal
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import texts_for
from features.broadcasts.domain import Broadcast, BroadcastId
from features.broadcasts.screens import broadcasts as screens
from features.broadcasts.use_cases.preview_broadcast import PreviewBroadcast
from features.broadcasts.use_cases.progress import Progress
from features.broadcasts.use_cases.see_broadcasts import SeeBroadcasts, UnknownBroadcast
from features.broadcasts.use_cases.take_message import TakeMessage
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ids import TelegramId

log = structlog.get_logger(__name__)

_NOT_MODIFIED: Final = "message is not modified"


@dataclass(frozen=True)
class BroadcastCards:
    """Progress card of a broadcast, sent once and then edited. If the card cannot be shown, the broadcast continues."""

    bot: Bot
    see_broadcasts: SeeBroadcasts
    take_message: TakeMessage

    async def __call__(self, broadcast: Broadcast, progress: Progress) -> None:
        """Show the progress to the broadcast's author; do nothing for a broadcast without an author."""
        if broadcast.author is None:
            return
        try:
            t = texts_for(await self.see_broadcasts.language_of(broadcast.author))
            card = screens.going(t, broadcast, progress, back_to=None)
            if broadcast.card is None or not await self._edit(broadcast.author, broadcast.card, card):
                await self.take_message.shown_in(broadcast.id, await say(self.bot, broadcast.author, card))
        except (TelegramAPIError, UmbralError) as error:
            log.warning("a broadcast's figures could not be shown", reason=str(error))

    async def _edit(self, author: int, message: int, card: Screen) -> bool:
        """Edit the card. Return False if the card no longer exists, so that it has to be sent again.

        For example, if a question was asked in the card's message, the message is deleted once the question is
        answered.
        """
        try:
            await self.bot.edit_message_text(
                card.text,
                chat_id=author,
                message_id=message,
                reply_markup=card.markup,
                link_preview_options=NO_PREVIEW,
            )
        except TelegramBadRequest as error:
            return _NOT_MODIFIED in error.message
        return True


@dataclass(frozen=True)
class BroadcastPreviews:
    """Sender of broadcast previews. A preview looks exactly like the broadcast. If Telegram refuses a preview, the
    staff member gets the reason.
    """

    bot: Bot
    see_broadcasts: SeeBroadcasts
    preview_broadcast: PreviewBroadcast

    async def __call__(self, person: TelegramId, broadcast_id: BroadcastId) -> None:
        """Send a preview. Does nothing if the person lacks the permission or the broadcast is unknown. Raises
        RetryLater if Telegram or the database does not respond.
        """
        try:
            await self.preview_broadcast(person, broadcast_id)
        except (NotAllowed, UnknownBroadcast) as error:
            log.info("a broadcast is not shown", reason=str(error))
        except Permanent as error:
            t = texts_for(await self.see_broadcasts.language_of(person))
            shown_screen = screen(t, t("casts.refused_by_telegram", reason=refusal(t, str(error))), back_to="casts")
            with suppress(TelegramAPIError):
                await say(self.bot, person, shown_screen)
