"""Pages under «📣 Publicar»: list, draft, start and withdrawal of broadcasts to customers or to the
channels of plans.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import structlog
from aiogram.types import Message

from bot.formats import refusal
from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.pages.staff.commands import outcome_of, press, press_operation
from bot.panel.visit import Page, Stale, Visit
from bot.posts import content_of
from bot.screens import Screen
from features.broadcasts.chat.sending import preview_for
from features.broadcasts.commands.changes import (
    ResumeBroadcast,
    RetryBroadcast,
    StopBroadcast,
    WithdrawBroadcast,
)
from features.broadcasts.commands.start import DiscardBroadcast, StartBroadcast
from features.broadcasts.domain import Broadcast, BroadcastId, BroadcastStatus
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.screens import broadcasts as screens
from features.broadcasts.use_cases.see_broadcasts import UnknownBroadcast
from features.broadcasts.wiring import broadcasts_of, see_broadcasts_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput, Permanent, UmbralError

PAGE_SIZE: Final = 8

log = structlog.get_logger(__name__)


async def show_list(visit: Visit) -> Screen:
    """Show the recent broadcasts."""
    page = visit.number()
    views = await see_broadcasts_of(visit.use.core).list_views(visit.who, PAGE_SIZE + 1, page * PAGE_SIZE)
    return screens.broadcast_list(visit.t, views[:PAGE_SIZE], page, more=len(views) > PAGE_SIZE)


async def new(visit: Visit) -> Screen:
    """Ask for the content of a new broadcast."""
    return await begin(visit, NEW)


async def take_draft(visit: Visit, message: Message) -> Screen | None:
    """Save a staff member's message or forward as a draft. Return None for a further message of the same album."""
    name = message.media_group_id or str(message.message_id)
    try:
        content = content_of(message)
        draft, is_new = (
            await broadcasts_of(visit.use.core)
            .take_message()
            .draft(visit.who, f"chat:{message.chat.id}:{name}", content)
        )
    except InvalidInput as error:
        return screens.limit_refusal(visit.t, error)
    if not is_new:
        return None
    return await card(visit, draft)


async def _hear(visit: Visit, dialogue: Dialogue) -> Screen:
    if not isinstance(visit.event, Message):
        raise Stale("no message")
    await visit.use.dialogues().end(dialogue)
    return await take_draft(visit, visit.event) or screens.album(visit.t)


async def show_one(visit: Visit) -> Screen:
    """Show one broadcast."""
    return await card(visit, await one(visit))


async def one(visit: Visit) -> Broadcast:
    """Return the broadcast that a button refers to. Raises Stale if the broadcast does not exist."""
    try:
        broadcast, _ = await see_broadcasts_of(visit.use.core).one(visit.who, BroadcastId(visit.id()))
    except UnknownBroadcast as error:
        raise Stale("no such broadcast") from error
    return broadcast


async def card(visit: Visit, broadcast: Broadcast, note: str | None = None) -> Screen:
    """Show a broadcast in its current state. note: line above the card with the result of the previous command."""
    see = see_broadcasts_of(visit.use.core)
    found_broadcast, progress = await see.one(visit.who, broadcast.id)
    if found_broadcast.status in {BroadcastStatus.DRAFT, BroadcastStatus.SCHEDULED}:
        audience_size = await see.size(found_broadcast.audience) if found_broadcast.audience is not None else None
        names = await see.names(found_broadcast.audience)
        return screens.draft(visit.t, found_broadcast, audience_size, names, note)
    return screens.going(visit.t, found_broadcast, progress, note)


async def look(visit: Visit) -> Screen:
    """Send a preview of the broadcast to the staff member."""
    broadcast = await one(visit)
    note = await _preview(visit, broadcast)
    return await card(visit, broadcast, note or visit.t("casts.looked"))


async def _preview(visit: Visit, broadcast: Broadcast) -> str | None:
    """Send a preview to the staff member. Return the reason if the preview fails, else None."""
    try:
        await preview_for(visit)(visit.who, broadcast.id)
    except Permanent as error:
        return visit.t("casts.refused_by_telegram", reason=refusal(visit.t, str(error)))
    except UmbralError as error:
        log.warning("a broadcast is not shown", reason=str(error))
        return visit.t("casts.away")
    return None


async def go(visit: Visit, note: str | None = None) -> Screen:
    """Send a preview and ask for confirmation of the start. note: text above the question."""
    broadcast = await one(visit)
    if broadcast.audience is None or broadcast.status is not BroadcastStatus.DRAFT:
        return await card(visit, broadcast, visit.t("casts.nobody") if broadcast.audience is None else None)
    refusal = await _preview(visit, broadcast)
    if refusal is not None:
        return await card(visit, broadcast, refusal)
    see = see_broadcasts_of(visit.use.core)
    size, names = await see.size(broadcast.audience), await see.names(broadcast.audience)
    return screens.sure(visit.t, broadcast, size, names, note)


async def send_off(visit: Visit) -> Screen:
    """Start the broadcast. If the broadcast changed since the button was shown, send a new preview and ask for
    confirmation again. A second press of the button shows the started broadcast.
    """
    sealed_id = f"{visit.id()}.{visit.part(1)}"
    try:
        outcome = await outcome_of(visit, StartBroadcast, sealed_id, {}, press_operation(visit, sealed_id))
    except Wrong:
        return await go(visit, visit.t("casts.changed"))
    broadcast = await one(visit)
    return screens.under_way(visit.t, broadcast) if outcome is not None else await card(visit, broadcast)


async def withdraw(visit: Visit) -> Screen:
    """Ask for confirmation before the broadcast is deleted from all chats."""
    return screens.withdraw(visit.t, await one(visit))


async def _card_again(visit: Visit, note: str) -> Screen:
    return await card(visit, await one(visit), note)


async def _newest(visit: Visit, note: str) -> Screen:
    return await show_list(replace(visit, parts=()))


async def nowhere(visit: Visit, dialogue: Dialogue) -> Screen:
    """Raise Stale. The form of a new broadcast is never submitted, because each message immediately becomes a draft."""
    raise Stale("it hears messages")


_DO: Final = BROADCAST
NEW: Final = Form(
    kind="cast",
    action=_DO,
    questions=(Question("content", lambda answer, _: answer.text),),
    carry_out=nowhere,
    leave=lambda _: data("casts"),
    hears=_hear,
)
PAGES: Final[Mapping[str, Page]] = {
    name: Page(_DO, show)
    for name, show in {
        "casts": show_list,
        "cast.new": new,
        "cast": show_one,
        "cast.look": look,
        "cast.go": go,
        "cast.go2": send_off,
        "cast.take": withdraw,
    }.items()
} | {
    "cast.stop": press(StopBroadcast, _card_again),
    "cast.on": press(ResumeBroadcast, _card_again),
    "cast.again": press(RetryBroadcast, _card_again),
    "cast.take2": press(WithdrawBroadcast, _card_again),
    "cast.drop": press(DiscardBroadcast, _newest),
}
FORMS: Final = (NEW,)
