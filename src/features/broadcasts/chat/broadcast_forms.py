"""Dialogues that ask staff for a broadcast's start time, links and text."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from aiogram.types import Message

from bot.panel import dialogues
from bot.panel.data import data, short
from bot.panel.forms import Form
from bot.panel.pages.staff.commands import SUBJECT, form_of, run
from bot.panel.visit import Page, Stale, Visit
from bot.posts import kept_entities
from bot.screens import Screen
from features.broadcasts.chat.broadcasts import card, one
from features.broadcasts.commands.changes import EditBroadcast
from features.broadcasts.commands.compose import LinkBroadcast
from features.broadcasts.commands.start import StartBroadcast
from subscriptions.application.dto.typed_answers import Answer
from subscriptions.application.posts.typed_post import typed_markup
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.entities.dialogue import Dialogue


def _form(command: type[StaffCommand]) -> Form:
    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        answers = {each.name: dialogue.answers[each.name] for each in command.inputs}
        note = await run(visit, command, dialogue.answers[SUBJECT], answers, dialogue.id)
        return await card(visit, await one(replace(visit, parts=(short(_id(dialogue)),))), note)

    return replace(
        form_of(command), carry_out=carry_out, leave=lambda dialogue: data("cast", _id(dialogue)), summary=None
    )


def _id(dialogue: Dialogue) -> UUID:
    return UUID(dialogue.answers[SUBJECT].partition(".")[0])


async def _correct(visit: Visit, dialogue: Dialogue) -> Screen:
    """Save the staff member's message, with its formatting, as the broadcast's new text."""
    if not isinstance(visit.event, Message):
        raise Stale("no message")
    text = typed_markup(visit.event.text or visit.event.caption or "", kept_entities(visit.event))
    return await dialogues.take_answer(visit, EDIT, dialogue, Answer(text), visit.event.message_id)


def _page_of(form: Form) -> Callable[[Visit], Awaitable[Screen]]:
    async def ask(visit: Visit) -> Screen:
        broadcast = await one(visit)
        if form is AT and broadcast.audience is None:
            return await card(visit, broadcast, visit.t("casts.nobody"))
        subject = await visit.use.run_command().subject(visit.who, form.kind, f"{broadcast.id}.{broadcast.seal}")
        if subject is None:
            raise Stale("no such broadcast")
        return await dialogues.begin(visit, form, **subject.reads, **{SUBJECT: subject.id})

    return ask


AT: Final = _form(StartBroadcast)
LINK: Final = _form(LinkBroadcast)
EDIT: Final = replace(_form(EditBroadcast), hears=_correct)
PAGES: Final[Mapping[str, Page]] = {
    "cast.at": Page(AT.action, _page_of(AT)),
    "cast.link": Page(LINK.action, _page_of(LINK)),
    "cast.edit": Page(EDIT.action, _page_of(EDIT)),
}
FORMS: Final = (EDIT, AT, LINK)
