"""What is asked about a broadcast: when, which links under it, another text."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiogram.types import Message

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.pages.broadcasts.casts import card, nowhere, one
from bot.panel.visit import Page, Stale, Visit
from bot.posts import kept_entities
from bot.screens import Screen
from bot.screens.panel.broadcasts import casts as screens
from subscriptions.application.broadcasts.typed_post import buttons, buttons_of
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import BroadcastId
from subscriptions.domain.services.staff_policy import StaffAction

_ID: Final = "id"
_ZONE: Final = "zone"
_SHOWN: Final = "shown_at"
"""When the question was asked: `21:30` is the next one after that."""
_TIME: Final = re.compile(r"(?:(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\s+)?(\d{1,2}):(\d{2})")


def at(answer: Answer, answers: Answers) -> str:
    """A moment: `21:30` is the next one, `24/12 21:30` and `24/12/2026 21:30` that day; in the zone that is shown."""
    match = _TIME.fullmatch(answer.text.strip())
    if match is None:
        raise Wrong("cast_at", given=answer.text[:40])
    now = datetime.fromisoformat(answers[_SHOWN]).astimezone(ZoneInfo(answers[_ZONE]))
    day, month, year, hour, minute = (int(part) if part is not None else None for part in match.groups())
    try:
        wanted_at = now.replace(hour=hour or 0, minute=minute or 0, second=0, microsecond=0)
        if day is not None and month is not None:
            wanted_at = wanted_at.replace(year=year or now.year, month=month, day=day)
        elif wanted_at <= now:
            wanted_at += timedelta(days=1)
    except ValueError:
        raise Wrong("cast_at", given=answer.text[:40]) from None
    if wanted_at <= now:
        raise Wrong("cast_at_past")
    return wanted_at.isoformat()


async def ask_time(visit: Visit) -> Screen:
    """Ask when."""
    broadcast = await one(visit)
    if broadcast.audience is None:
        return await card(visit, broadcast, visit.t("casts.nobody"))
    now = visit.use.clock().now()
    return await begin(visit, AT, **{_ID: str(broadcast.id), _SHOWN: now.isoformat(), _ZONE: str(visit.t.zone)})


async def ask_buttons(visit: Visit) -> Screen:
    """Ask for links under it."""
    return await begin(visit, BUTTONS, **{_ID: str((await one(visit)).id)})


async def ask_text(visit: Visit) -> Screen:
    """Ask for another text."""
    return await begin(visit, EDIT, **{_ID: str((await one(visit)).id)})


async def _schedule(visit: Visit, dialogue: Dialogue) -> Screen:
    moment = datetime.fromisoformat(dialogue.answers["at"])
    broadcast_id = BroadcastId(UUID(dialogue.answers[_ID]))
    try:
        return await card(visit, await visit.use.compose_broadcast().start(visit.who, broadcast_id, moment))
    except InvalidInput:
        raise Wrong("cast_at_past", question="at") from None


async def _add_link(visit: Visit, dialogue: Dialogue) -> Screen:
    broadcast_id = BroadcastId(UUID(dialogue.answers[_ID]))
    try:
        broadcast = await visit.use.compose_broadcast().put_buttons(
            visit.who, broadcast_id, buttons_of(dialogue.answers["buttons"])
        )
    except InvalidInput:
        raise Wrong("cast_album_buttons", question="buttons") from None
    return await card(visit, broadcast)


async def _correct(visit: Visit, dialogue: Dialogue) -> Screen:
    message = visit.event
    if not isinstance(message, Message):
        raise Stale("no message")
    broadcast_id = BroadcastId(UUID(dialogue.answers[_ID]))
    try:
        text, entities = message.text or message.caption or "", kept_entities(message)
        broadcast = await visit.use.change_broadcast().edit(visit.who, broadcast_id, text, entities)
    except InvalidInput as refused:
        return screens.refused(visit.t, refused)
    await visit.use.dialogues().end(dialogue)
    return await card(visit, broadcast, visit.t("casts.corrected"))


def _way_back(dialogue: Dialogue) -> str:
    return data("cast", UUID(dialogue.answers[_ID]))


_DO: Final = StaffAction.BROADCAST
EDIT: Final = Form(
    kind="cast_edit",
    action=_DO,
    questions=(Question("text", lambda answer, _: answer.text),),
    carry_out=nowhere,
    leave=_way_back,
    hears=_correct,
)
AT: Final = Form(kind="cast_at", action=_DO, questions=(Question("at", at),), carry_out=_schedule, leave=_way_back)
BUTTONS: Final = Form(
    kind="cast_buttons", action=_DO, questions=(Question("buttons", buttons),), carry_out=_add_link, leave=_way_back
)

PAGES: Final[Mapping[str, Page]] = {
    "cast.at": Page(_DO, ask_time),
    "cast.link": Page(_DO, ask_buttons),
    "cast.edit": Page(_DO, ask_text),
}
FORMS: Final = (EDIT, AT, BUTTONS)
