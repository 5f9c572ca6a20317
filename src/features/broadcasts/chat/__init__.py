"""Broadcasts in the bot's chat: panel pages, jobs that need the bot, and messages that become drafts."""

from functools import cache
from typing import Final

from aiogram.types import Message

from bot.feature import ChannelReader, ChatPart, NoteOpening, PanelPart, StaffMessages
from features.broadcasts import jobs
from features.broadcasts.chat import audience_pages, broadcast_forms, broadcasts
from features.broadcasts.chat.cards import BroadcastCards, BroadcastPreviews
from features.broadcasts.chat.mirror import MirrorReader
from features.broadcasts.chat.sending import sending_of
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.use_cases.send_broadcast import SendBroadcast
from features.broadcasts.wiring import broadcasts_of
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of

_LAST: Final = 100
"""Position of the handler of drafts among the handlers of staff messages. The handler is last, because it accepts any
message.
"""


def _handlers(container: BotContainer) -> JobHandlers:
    @cache
    def sending() -> tuple[SendBroadcast, BroadcastCards, BroadcastPreviews]:
        # Wired by the first job, because the list of jobs is read without a core.
        use, bot = broadcasts_of(container.core), container.bots().subscription
        cards = BroadcastCards(bot, use.see_broadcasts(), use.take_message())
        wired = sending_of(container)
        return wired.send_broadcast(), cards, BroadcastPreviews(bot, use.see_broadcasts(), wired.preview_broadcast())

    async def send(job: jobs.SendBroadcast) -> None:
        send_broadcast, cards, _ = sending()
        await send_broadcast(job.broadcast_id, cards)

    async def show(job: jobs.BroadcastPreview) -> None:
        _, _, previews = sending()
        await previews(job.person, job.broadcast_id)

    async def send_file(job: jobs.SendDraftFile) -> None:
        await sending_of(container).send_draft_file()(job.broadcast_id)

    return dict(
        [
            handler_of(jobs.SendBroadcast, send),
            handler_of(jobs.BroadcastPreview, show),
            handler_of(jobs.SendDraftFile, send_file),
        ]
    )


def _channels(container: BotContainer) -> ChannelReader:
    return MirrorReader(sending_of(container).mirror_post())


def _openings(container: BotContainer) -> NoteOpening:
    return broadcasts_of(container.core).note_opening()


def _fits(message: Message) -> bool:
    return True


CHAT: Final = ChatPart(
    handlers=_handlers,
    channels=_channels,
    openings=_openings,
    staff_messages=(StaffMessages(permission=BROADCAST, order=_LAST, fits=_fits, take=broadcasts.take_draft),),
    panel=PanelPart(
        pages={**broadcasts.PAGES, **audience_pages.PAGES, **broadcast_forms.PAGES},
        entries={MenuSection.MESSAGES: (("casts", BROADCAST),)},
        forms=(*broadcasts.FORMS, *broadcast_forms.FORMS),
    ),
)
