"""Tips and results from a file that is sent to the bot, or pasted: seen before they are published or entered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from aiogram.types import Message

from bot.panel import dialogues
from bot.panel.data import data
from bot.panel.forms import Form
from bot.panel.pages.record.tips import TIPS, tips_shown
from bot.panel.pages.staff.commands import ABOUT, effect_of, form_of, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Answer
from subscriptions.application.record.publish_tips import PublishTips
from subscriptions.application.record.settle_tips import SettleTips
from subscriptions.application.record.tip_files import FILE, LETTERS
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.domain.entities.dialogue import Dialogue

_BYTES: Final = 4 * LETTERS
"""A letter takes at most four."""


def _form(command: type[StaffCommand]) -> Form:
    async def heard(visit: Visit, dialogue: Dialogue) -> Screen:
        if not isinstance(visit.event, Message):
            raise Stale("no message")
        answer = Answer(await _text(visit, visit.event))
        return await dialogues.take_answer(visit, form, dialogue, answer, visit.event.message_id)

    async def sure(visit: Visit, dialogue: Dialogue) -> str:
        return f"<b>{visit.t(f'commands.{command.name}.label')}</b>\n\n{await effect_of(visit, command, dialogue)}"

    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        answers = {FILE.name: dialogue.answers.get(FILE.name, "")}
        return await tips_shown(visit, await run(visit, command, "", answers, dialogue.id))

    form = replace(
        form_of(command), hears=heard, summary=sure, carry_out=carry_out, leave=lambda _: data(TIPS), opens=True
    )
    return form


async def _text(visit: Visit, message: Message) -> str:
    """What was pasted, or what the file says that was sent."""
    document = message.document
    if document is None:
        return message.text or message.caption or ""
    if (document.file_size or 0) > _BYTES:
        return " " * (LETTERS + 1)
    content = await visit.bot.download(document.file_id)
    return content.read().decode("utf-8", "replace") if content is not None else ""


def _page(form: Form) -> Callable[[Visit], Awaitable[Screen]]:
    async def new(visit: Visit) -> Screen:
        return await dialogues.begin(visit, form, **{ABOUT: SubjectKind.SHOP.value})

    return new


PUBLISH: Final = _form(PublishTips)
SETTLE: Final = _form(SettleTips)
FORMS: Final = (PUBLISH, SETTLE)
PAGES: Final[Mapping[str, Page]] = {
    "tip.file": Page(PublishTips.permission, _page(PUBLISH)),
    "tip.ends": Page(SettleTips.permission, _page(SETTLE)),
}
