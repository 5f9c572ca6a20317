"""Reads what was typed into an action's form; what cannot be taken says which answer it is and what to write."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.dto.typed_answers import Answer, Wrong
from web.console.door import MANY
from web.console.said import ChatWords
from web.console.visit import Action, Field, Target, Visit

SHOWN_PREFIX: Final = "shown_"
"""What goes before an answer's name where the form carries it as it was read."""


@dataclass(frozen=True)
class FormAnswers:
    """values: the answers as typed. texts: as they were read. wrong: what is wrong with which."""

    values: dict[str, str]
    texts: dict[str, str]
    wrong: dict[str, str]


async def fill(visit: Visit, action: Action, target: Target, form: dict[str, str]) -> FormAnswers:
    """Read what was typed, each answer after those before it.

    One that is confirmed is taken as it was read when it was mark: `mañana 21:00` means another day by tomorrow.
    """
    values = {each.name: _clean(each, form.get(each.name, "")) for each in action.fields}
    answers_filled = FormAnswers(values, {**target.facts.get("said", {}), **values}, {})
    for each in action.fields:
        problem = await _problem(visit, each, target, values[each.name])
        if problem is not None:
            answers_filled.wrong[each.name] = visit.words(f"wrong.{problem}")
            continue
        try:
            mark = form.get(f"{SHOWN_PREFIX}{each.name}") if form.get("sure") == "yes" else None
            answer = Answer(values[each.name] if mark is None else mark)
            answers_filled.texts[each.name] = each.parse(answer, answers_filled.texts)
        except Wrong as wrong:
            answers_filled.wrong[each.name] = ChatWords(visit.words).wrong(wrong)
    return answers_filled


def _clean(question: Field, value: str) -> str:
    """The answer, whole: what is too long is refused, and shown again to be shortened. Only where a number is asked for
    is a minus sign another one's."""
    return value.replace(*(("\r\n", "\n") if question.kind == "long" else ("−", "-")))


async def _problem(visit: Visit, question: Field, target: Target, value: str) -> str | None:
    if not value:
        return None if question.optional else "empty"
    if question.choices is not None and question.kind in {"choice", "many"}:
        codes = {code for code, _ in await question.choices(visit, target)}
        return None if codes.issuperset(_each(question, value)) else "choose"
    return None


def _each(question: Field, value: str) -> list[str]:
    return value.split(MANY) if question.kind == "many" else [value]
