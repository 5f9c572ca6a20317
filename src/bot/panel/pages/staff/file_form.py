"""Dialogues of staff commands whose only input is a file or a pasted text. They show a preview before the command is
carried out.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiogram.types import Message

from bot.panel import dialogues
from bot.panel.data import data
from bot.panel.forms import Form
from bot.panel.pages.staff.commands import SUBJECT, effect_of, form_of, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import decode_file


def file_form(
    command: type[StaffCommand], exit_page: str, shown_after: Callable[[Visit, str], Awaitable[Screen]]
) -> Form:
    """Return the dialogue of a command whose only input is a file.

    exit_page: page shown when the dialogue is canceled. shown_after: function that returns the next screen, given the
    sentence that describes the result.
    """
    (asked_input,) = command.inputs
    letters = asked_input.limits[1] if asked_input.limits is not None else 0

    async def take_file(visit: Visit, dialogue: Dialogue) -> Screen:
        if not isinstance(visit.event, Message):
            raise Stale("no message")
        try:
            answer = Answer(await _text(visit, visit.event, letters))
        except InvalidInput as error:
            return await dialogues.refuse_answer(visit, form, dialogue, Wrong("file_text", problem=error.problem))
        return await dialogues.take_answer(visit, form, dialogue, answer, visit.event.message_id)

    async def sure(visit: Visit, dialogue: Dialogue) -> str:
        return f"<b>{visit.t(f'commands.{command.name}.label')}</b>\n\n{await effect_of(visit, command, dialogue)}"

    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        answers = {asked_input.name: dialogue.answers.get(asked_input.name, "")}
        return await shown_after(visit, await run(visit, command, "", answers, dialogue.id))

    form = replace(
        form_of(command),
        hears=take_file,
        summary=sure,
        carry_out=carry_out,
        leave=lambda _: data(exit_page),
        opens=True,
    )
    return form


def file_page(form: Form) -> Page:
    """Return the page that asks for the file."""

    async def new(visit: Visit) -> Screen:
        return await dialogues.begin(visit, form, **{SUBJECT: SubjectKind.SHOP.value})

    return Page(form.action, new)


async def _text(visit: Visit, message: Message, letters: int) -> str:
    """Return the pasted text or the content of the file.

    For a file that is too large, return a text longer than `letters`, so that the command refuses the input. Raises
    InvalidInput for a file that is no text.
    """
    document = message.document
    if document is None:
        return message.text or message.caption or ""
    # A character takes at most four bytes.
    if (document.file_size or 0) > 4 * letters:
        return " " * (letters + 1)
    content = await visit.bot.download(document.file_id)
    return decode_file(content.read()) if content is not None else ""
