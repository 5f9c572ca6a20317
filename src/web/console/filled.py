"""Parsing of a command's form, with an error message for each invalid answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from subscriptions.application.dto.typed_answers import Answer, Wrong
from web.console.said import ChatWords
from web.console.sign_in import MANY
from web.console.visit import Action, Field, Target, Visit

SHOWN_PREFIX: Final = "shown_"
"""Prefix of the form fields that carry each answer from the preview to the confirmation in its parsed form."""


@dataclass(frozen=True)
class FormAnswers:
    """Answers of a form. values: answers as typed. texts: parsed answers. wrong: error messages, keyed by question
    name.
    """

    values: dict[str, str]
    texts: dict[str, str]
    wrong: dict[str, str]


async def fill(visit: Visit, action: Action, target: Target, form: Mapping[str, str]) -> FormAnswers:
    """Parse the answers in order; each parser has access to the previous answers.

    A confirmed answer keeps the parsed form that the preview showed: parsed again on the next day, `mañana 21:00` would
    mean another day.
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
            answer = Answer(_given(each, target, values[each.name]) if mark is None else mark)
            answers_filled.texts[each.name] = each.parse(answer, answers_filled.texts)
        except Wrong as wrong:
            answers_filled.wrong[each.name] = ChatWords(visit.words).wrong(wrong)
    return answers_filled


def _clean(question: Field, value: str) -> str:
    """Return the answer without truncating it, so that an answer that is too long is refused and shown again. Normalise
    line ends in long texts, and minus signs in all other answers.
    """
    return value.replace(*(("\r\n", "\n") if question.kind == "long" else ("−", "-")))


def _given(question: Field, target: Target, value: str) -> str:
    """Return the answer, or the value that an optional choice keeps if it is left empty."""
    keeps = question.kind == "choice" and question.optional and question.initial is not None
    return value or (question.initial(target) if keeps and question.initial is not None else value)


async def _problem(visit: Visit, question: Field, target: Target, value: str) -> str | None:
    if not value:
        return None if question.optional else "empty"
    if question.choices is not None and question.kind in {"choice", "many"}:
        codes = {each[0] for each in await question.choices(visit, target)}
        return None if codes.issuperset(_each(question, value)) else "choose"
    return None


def _each(question: Field, value: str) -> list[str]:
    return value.split(MANY) if question.kind == "many" else [value]
