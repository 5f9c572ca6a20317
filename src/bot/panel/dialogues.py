"""Processing of a dialogue with staff: answering questions by text or button, going back, leaving, and confirming."""

from collections.abc import Mapping
from typing import Final

from bot.panel.data import data, short
from bot.panel.forms import CONFIRM, Form
from bot.panel.visit import Stale, Visit
from bot.screens import Screen
from bot.screens.panel import asking
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput

CHOOSE: Final = "v"
BACK_BUTTON: Final = "b"
LEAVE: Final = "x"
DO: Final = "ok"
OPEN: Final = "e"
VERBS: Final = frozenset({CHOOSE, BACK_BUTTON, LEAVE, DO, OPEN})
"""Verbs of the buttons in an open dialogue. Each button also carries the id of its dialogue."""

_LAST_MESSAGE: Final = "_heard"
_QUESTIONS: Final = "_asked"
_OPEN_QUESTION: Final = "_opened"
"""Names under which a dialogue's answers also store its state: the last message taken as an answer, the questions asked
so far, and the reopened question.
"""


async def begin(visit: Visit, form: Form, question_name: str = "", /, **answers: str) -> Screen:
    """Start a dialogue at its first unanswered question, or at the named question."""
    first_question = question_name or form.next_step(answers)
    if question_name:
        answers[_OPEN_QUESTION] = question_name
    dialogue = await visit.use.dialogues().begin(visit.who, form.kind, first_question, **answers)
    return await _at(visit, form, dialogue, first_question)


async def begin_with(
    visit: Visit, form: Form, take_answer: Mapping[str, str], wrong: Wrong | None = None, /, **answers: str
) -> Screen:
    """Start a dialogue with several answers at once. Ask the question of the first invalid answer, or the first
    unanswered question if all answers are valid.

    wrong: error that concerns all of the answers.
    """
    for question in form.questions:
        if question.name not in take_answer:
            continue
        try:
            answers[question.name] = question.parse(Answer(take_answer[question.name]), answers)
        except Wrong as error:
            error.question = question.name
            wrong = wrong or error
    step = (wrong.question if wrong is not None else None) or form.next_step(answers)
    if step != CONFIRM and wrong is not None:
        answers[_OPEN_QUESTION] = step
    dialogue = await visit.use.dialogues().begin(visit.who, form.kind, step, **answers)
    return await _at(visit, form, dialogue, step, wrong)


async def take_answer(visit: Visit, form: Form, dialogue: Dialogue, answer: Answer, message_id: int) -> Screen:
    """Process a message as the answer to the current question. Processing the same message again changes nothing."""
    question = form.question(dialogue.step)
    is_repeat = dialogue.answers.get(_LAST_MESSAGE) == str(message_id)
    if question is None or is_repeat:
        return await _show(visit, form, dialogue)
    dialogue.answers[_LAST_MESSAGE] = str(message_id)
    return await _take(visit, form, dialogue, answer)


async def refuse_answer(visit: Visit, form: Form, dialogue: Dialogue, wrong: Wrong) -> Screen:
    """Ask the current question again, with the reason why the answer cannot be taken."""
    return await _at(visit, form, dialogue, dialogue.step, wrong)


async def take_press(visit: Visit, form: Form, dialogue: Dialogue, verb: str) -> Screen:
    """Process a button of the open dialogue. Raises Stale if the button does not fit the dialogue's state."""
    if verb == CHOOSE:
        question = form.question(dialogue.step)
        if question is None or question.choices is None or visit.part(1) != dialogue.step:
            raise Stale("an answer to another question")
        return await _take(visit, form, dialogue, Answer(visit.part(2) if len(visit.parts) > 2 else ""))
    if verb == OPEN and dialogue.step == CONFIRM and form.opens and visit.part(1) in form.steps:
        dialogue.answers[_OPEN_QUESTION] = visit.part(1)
        return await _at(visit, form, dialogue, visit.part(1))
    if verb == BACK_BUTTON and dialogue.answers.pop(_OPEN_QUESTION, ""):
        return await _at(visit, form, dialogue, CONFIRM)
    if verb == BACK_BUTTON:
        earlier = form.previous_step(dialogue.step, _asked_names(dialogue))
        if earlier is None:
            raise Stale("nothing was asked before")
        for step in form.steps[form.steps.index(earlier) :]:
            if step in _asked_names(dialogue):
                dialogue.answers.pop(step, None)
        return await _at(visit, form, dialogue, earlier)
    if verb == DO and dialogue.step == CONFIRM:
        return await _carry_out(visit, form, dialogue)
    raise Stale("not at its end yet")


async def _take(visit: Visit, form: Form, dialogue: Dialogue, answer: Answer) -> Screen:
    step = dialogue.step
    question = form.question(step)
    if question is None:
        raise Stale("no such question")
    try:
        dialogue.answers[step] = question.parse(answer, dialogue.answers)
    except Wrong as wrong:
        return await _at(visit, form, dialogue, step, wrong)
    # The reopened question may be one of several that are unanswered.
    opened_at = dialogue.answers.pop(_OPEN_QUESTION, None)
    next_step = form.next_step(dialogue.answers, previous=None if opened_at else step)
    if next_step == CONFIRM and form.summary is None:
        return await _carry_out(visit, form, dialogue)
    return await _at(visit, form, dialogue, next_step)


async def _carry_out(visit: Visit, form: Form, dialogue: Dialogue) -> Screen:
    """Carry out the form's command, then end the dialogue. The command is idempotent because its key is the dialogue's
    id.
    """
    try:
        screen = await form.carry_out(visit, dialogue)
    except Wrong as wrong:
        return await _ask_again(visit, form, dialogue, wrong)
    except InvalidInput as error:
        is_known = error.field in form.steps
        return await _ask_again(visit, form, dialogue, Wrong(error.field, question=error.field if is_known else None))
    if form.stays:
        dialogue.answers = {name: value for name, value in dialogue.answers.items() if name not in form.steps}
        await visit.use.dialogues().keep(dialogue, form.steps[-1])
    else:
        await visit.use.dialogues().end(dialogue)
    return screen


async def _ask_again(visit: Visit, form: Form, dialogue: Dialogue, wrong: Wrong) -> Screen:
    """Ask again for an answer that the command refused.

    If the form's questions cannot be reopened, the refused answer is removed, so the dialogue continues from that
    question.
    """
    step = wrong.question if wrong.question in form.steps else None
    if step is None:
        step = form.steps[-1] if form.summary is None else CONFIRM
    if step != CONFIRM and form.opens:
        dialogue.answers[_OPEN_QUESTION] = step
    elif step != CONFIRM:
        dialogue.answers.pop(step, None)
    return await _at(visit, form, dialogue, step, wrong)


async def _at(visit: Visit, form: Form, dialogue: Dialogue, step: str, wrong: Wrong | None = None) -> Screen:
    asked_names = _asked_names(dialogue)
    if step not in asked_names and not dialogue.answers.get(_OPEN_QUESTION):
        dialogue.answers[_QUESTIONS] = ",".join([*asked_names, step])
    await visit.use.dialogues().keep(dialogue, step)
    return await _show(visit, form, dialogue, wrong)


async def _show(visit: Visit, form: Form, dialogue: Dialogue, wrong: Wrong | None = None) -> Screen:
    question = form.question(dialogue.step)
    prefix = short(dialogue.id)
    earlier = form.previous_step(dialogue.step, _asked_names(dialogue))
    navigation = asking.Navigation(
        previous=data(BACK_BUTTON, prefix)
        if earlier or (question is not None and _OPEN_QUESTION in dialogue.answers)
        else None,
        leave=data(LEAVE, prefix),
        do=data(DO, prefix) if question is None else None,
    )
    error = (wrong.key, wrong.facts) if wrong is not None else None
    if question is None:
        try:
            summary = await form.summary(visit, dialogue) if form.summary is not None else ""
        except Wrong as refusal:
            # Each answer is valid on its own, but not in combination with the others or in the current state.
            return await _ask_again(visit, form, dialogue, refusal)
        opens = [(step, data(OPEN, prefix, step)) for step in form.steps] if form.opens else ()
        return asking.confirm(visit.t, form.texts, summary, navigation, error, opens, form.asks or form.kind)
    choices = await question.choices(visit, dialogue) if question.choices is not None else ()
    buttons = [(choice.label, data(CHOOSE, prefix, question.name, choice.value)) for choice in choices]
    steps = [each.name for each in form.questions if not each.optional]
    progress = (0, 0) if _OPEN_QUESTION in dialogue.answers else (steps.index(question.name) + 1, len(steps))
    asks = f"forms.{form.asks}" if form.asks else form.texts
    words = asking.Words(form.texts, asks, question.name, _visible(dialogue.answers))
    return asking.ask(visit.t, words, progress, buttons, question.columns, navigation, error)


def _visible(answers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def _asked_names(dialogue: Dialogue) -> list[str]:
    return [name for name in dialogue.answers.get(_QUESTIONS, "").split(",") if name and name != CONFIRM]
