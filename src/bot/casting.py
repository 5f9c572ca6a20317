"""What the bot shows of a broadcast: its author how it goes, and whoever asked in the console what it looks like."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.chat import NO_PREVIEW, say
from bot.formats import refusal
from bot.screens import Screen
from bot.screens.panel.broadcasts import casts as screens
from bot.screens.panel.frame import screen
from bot.texts import texts_for
from subscriptions.application.broadcasts.preview_broadcast import PreviewBroadcast
from subscriptions.application.broadcasts.progress import Progress
from subscriptions.application.broadcasts.see_broadcasts import SeeBroadcasts, UnknownBroadcast
from subscriptions.application.broadcasts.take_message import TakeMessage
from subscriptions.application.dto.cast_jobs import CastPreview
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.domain.entities.broadcast import Broadcast
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ids import BroadcastId, TelegramId

log = structlog.get_logger(__name__)

_NOT_MODIFIED: Final = "message is not modified"


@dataclass(frozen=True)
class CastCards:
    """Sent once, and edited from then on. That it cannot be shown holds nothing up."""

    bot: Bot
    see_broadcasts: SeeBroadcasts
    take_message: TakeMessage

    async def __call__(self, broadcast: Broadcast, progress: Progress) -> None:
        """Who has no author has nobody to be shown to."""
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
        """False: it is not there any more. A question that was asked in its place is deleted once it is answered."""
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
class CastPreviews:
    """Sends it the way it is sent to all; says so where Telegram would not take it."""

    bot: Bot
    see_broadcasts: SeeBroadcasts
    preview_broadcast: PreviewBroadcast

    def jobs(self) -> JobHandlers:
        """What asks for it."""
        show = handler_of(CastPreview, lambda job: self(job.person, job.broadcast_id))
        return dict([show])

    async def __call__(self, person: TelegramId, broadcast_id: BroadcastId) -> None:
        """Who may not any more, and what is not there any more, is shown nothing. Raises RetryLater."""
        try:
            await self.preview_broadcast(person, broadcast_id)
        except (NotAllowed, UnknownBroadcast) as error:
            log.info("a broadcast is not shown", reason=str(error))
        except Permanent as error:
            t = texts_for(await self.see_broadcasts.language_of(person))
            shown_screen = screen(t, t("casts.refused_by_telegram", reason=refusal(t, str(error))), back_to="casts")
            with suppress(TelegramAPIError):
                await say(self.bot, person, shown_screen)
