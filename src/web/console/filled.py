"""Reads what was typed into an action's form; what cannot be taken says which answer it is and what to write."""

import re
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from web.console.visit import Action, Field, Target, Visit

TEXT_LIMIT: Final = 300
DAYS_LIMIT: Final = 3660
_WHOLE: Final = re.compile(r"[+-]?\d{1,5}", re.ASCII)


async def fill(
    visit: Visit, action: Action, target: Target, typed: dict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The answers as typed, and what is wrong with which."""
    values = {each.name: typed.get(each.name, "").replace("−", "-")[: TEXT_LIMIT + 1] for each in action.fields}
    wrong = {}
    for each in action.fields:
        problem = await _problem(visit, each, target, values[each.name])
        if problem is not None:
            wrong[each.name] = visit.words(f"wrong.{problem}", limit=TEXT_LIMIT, most=each.most or DAYS_LIMIT)
    return values, wrong


async def _problem(visit: Visit, question: Field, target: Target, value: str) -> str | None:
    if not value:
        return "empty"
    if len(value) > TEXT_LIMIT:
        return "long"
    if question.kind in {"days", "number"}:
        number = int(value) if _WHOLE.fullmatch(value) else 0
        right = 0 < number <= question.most if question.most else 0 < abs(number) <= DAYS_LIMIT
        return None if right else question.kind
    if question.kind == "money":
        return None if typed_money(value, target) is not None else "amount"
    if question.kind == "choice" and question.choices is not None:
        known = {code for code, _ in await question.choices(visit, target)}
        return None if value in known else "choose"
    return None


def typed_money(value: str, target: Target) -> Money | None:
    """An amount in the target's currency; None for what is none, or more than is left of it."""
    left: Money = target.facts["left"]
    try:
        money = Money.parse(value, left.currency)
    except InvalidInput:
        return None
    return money if 0 < money.minor <= left.minor else None
