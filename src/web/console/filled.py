"""Reads what was typed into an action's form; what cannot be taken says which answer it is and what to write."""

import re
from dataclasses import dataclass
from typing import Final

from subscriptions.application.dto.typed_answers import REASON_LIMIT, Answer, Wrong
from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from web.console.door import MANY
from web.console.said import Said
from web.console.visit import Action, Field, Target, Visit

MANY_LIMIT: Final = 2000
SHOWN: Final = "shown_"
"""What goes before an answer's name where the form carries it as it was read."""
_WHOLE: Final = re.compile(r"[+-]?\d{1,5}", re.ASCII)


@dataclass(frozen=True)
class Filled:
    """values: the answers as typed. said: as they were read. wrong: what is wrong with which."""

    values: dict[str, str]
    said: dict[str, str]
    wrong: dict[str, str]


async def fill(visit: Visit, action: Action, target: Target, typed: dict[str, str]) -> Filled:
    """Read what was typed, each answer after those before it.

    One that is confirmed is taken as it was read when it was shown: `mañana 21:00` means another day by tomorrow.
    """
    values = {each.name: _clean(each, typed.get(each.name, "")) for each in action.fields}
    answers_filled = Filled(values, {**target.facts.get("said", {}), **values}, {})
    for each in action.fields:
        problem = await _problem(visit, each, target, values[each.name])
        if problem is not None:
            more = {"limit": _letters(each), "most": each.most or DURATION_LIMIT}
            answers_filled.wrong[each.name] = visit.words(f"wrong.{problem}", **more)
        elif each.read is not None:
            try:
                shown = typed.get(f"{SHOWN}{each.name}") if typed.get("sure") == "yes" else None
                answer = Answer(values[each.name] if shown is None else shown)
                answers_filled.said[each.name] = each.read(answer, answers_filled.said)
            except Wrong as wrong:
                answers_filled.wrong[each.name] = Said(visit.words).wrong(wrong)
    return answers_filled


def _clean(question: Field, value: str) -> str:
    """As far as it is looked at. Only where a number is asked for is a minus sign another one's."""
    signs = ("\r\n", "\n") if question.kind == "long" else ("−", "-")
    return value.replace(*signs)[: _letters(question) + 1]


def _letters(question: Field) -> int:
    if question.kind == "many":
        return MANY_LIMIT
    return question.most if question.kind == "long" and question.most else REASON_LIMIT


async def _problem(visit: Visit, question: Field, target: Target, value: str) -> str | None:
    if not 0 < len(value) <= _letters(question):
        return "long" if value else None if question.optional else "empty"
    if question.kind in {"days", "number"} and question.read is None:
        number = int(value) if _WHOLE.fullmatch(value) else 0
        right = 0 < number <= question.most if question.most else 0 < abs(number) <= DURATION_LIMIT
        return None if right else question.kind
    if question.choices is not None and question.kind in {"choice", "many"}:
        codes = {code for code, _ in await question.choices(visit, target)}
        return None if codes.issuperset(_each(question, value)) else "choose"
    return None


def _each(question: Field, value: str) -> list[str]:
    return value.split(MANY) if question.kind == "many" else [value]
