"""Publication of a tip that staff types in one line or enters fact by fact, with a preview of its message."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiogram.types import Message

from bot.panel import dialogues
from bot.panel.data import data
from bot.panel.forms import CONFIRM, Form
from bot.panel.pages.staff.commands import SUBJECT, effect_of, form_of, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from features.record.chat.tips import TIPS, tips_shown
from features.record.commands.publish_tip import EVENT, PLAN, PublishTip
from features.record.use_cases.tip_line import read_line
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.staff.command import SubjectKind
from subscriptions.domain.entities.dialogue import Dialogue

_SHOP: Final = SubjectKind.SHOP.value


async def new(visit: Visit) -> Screen:
    """Ask for the first fact of a tip, or for the whole tip in one line."""
    return await dialogues.begin(visit, PUBLISH, **await _defaults(visit))


async def from_line(visit: Visit, text: str) -> Screen:
    """Start the dialogue with the facts of a typed line. Missing or invalid facts are asked for."""
    defaults = await _defaults(visit)
    try:
        answers = read_line(text)
    except Wrong as wrong:
        return await dialogues.begin_with(visit, PUBLISH, {}, wrong, **defaults)
    return await dialogues.begin_with(visit, PUBLISH, answers, **defaults)


async def _defaults(visit: Visit) -> dict[str, str]:
    """Return the answers that need not be asked for: values that the parsing of other answers needs, and the plan if
    there is only one.
    """
    runner = visit.use.run_command()
    subject = await runner.subject(visit.who, PublishTip.name, "")
    if subject is None:
        raise Stale("no shop")
    plans = await runner.choices(visit.who, PublishTip.name, PLAN.name, subject)
    plan_default = {PLAN.name: plans[0].value} if len(plans) == 1 else {}
    return {**subject.reads, **plan_default, SUBJECT: _SHOP}


async def _hear(visit: Visit, dialogue: Dialogue) -> Screen:
    """Process a message as the answer to the current question. At the first question and at the confirmation, the
    message may instead contain a whole tip in one line.
    """
    if not isinstance(visit.event, Message):
        raise Stale("no message")
    text = visit.event.text or visit.event.caption or ""
    if "|" in text and dialogue.step in {EVENT.name, PLAN.name, CONFIRM}:
        return await from_line(visit, text)
    dialogue.answers |= {name: each for name, each in (await _defaults(visit)).items() if name not in dialogue.answers}
    return await dialogues.take_answer(visit, PUBLISH, dialogue, Answer(text), visit.event.message_id)


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    effect = await effect_of(visit, PublishTip, dialogue)
    return f"<b>{visit.t('commands.publish_tip.label')}</b>\n\n{effect}"


async def _publish(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {each.name: dialogue.answers.get(each.name, each.default or "") for each in PublishTip.inputs}
    return await tips_shown(visit, await run(visit, PublishTip, "", answers, dialogue.id))


PUBLISH: Final[Form] = replace(
    form_of(PublishTip), carry_out=_publish, leave=lambda _: data(TIPS), summary=_sure, hears=_hear
)
FORMS: Final = (PUBLISH,)
PAGES: Final[Mapping[str, Page]] = {"tip.new": Page(PublishTip.permission, new)}
