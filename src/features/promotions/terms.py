"""Parsing of the values that staff enters for a promotion."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Parser, Wrong, kept_money, typed_money, whole
from subscriptions.domain.entities.discount_code import (
    DAYS_LIMIT,
    PERCENT_LIMIT,
    USES_LIMIT,
    DiscountCode,
    clean_code,
    looks_like_discount_code,
)
from subscriptions.domain.ids import DiscountCodeId, PlanId, TelegramId

ALL: Final = "*"
FIRST_PURCHASE, EACH, ONE_USE, MANY_USES = "first", "each", "once", "often"
NO_LIMIT: Final = ""
_PERCENT: Final = re.compile(r"\s*(\d{1,3})\s*%\s*")
_DAYS: Final = re.compile(r"\s*(\d{1,4})\s*(?:d|días?|dias?|days?)\s*", re.IGNORECASE)


def code(answer: Answer, _: Answers) -> str:
    """Return a typed promotion code in capital letters and without spaces."""
    promotion_code = clean_code(answer.text)
    if not looks_like_discount_code(promotion_code):
        raise Wrong("code")
    return promotion_code


def gives(answer: Answer, _: Answers) -> str:
    """Parse the benefit of a promotion and return it as `20 %`, `7 d` or `5.00 EUR`. The unit is required, because a
    number alone could mean a percentage, days or an amount.
    """
    percent, days = _PERCENT.fullmatch(answer.text), _DAYS.fullmatch(answer.text)
    if percent is not None and 1 <= int(percent[1]) <= PERCENT_LIMIT:
        return f"{int(percent[1])} %"
    if days is not None and 1 <= int(days[1]) <= DAYS_LIMIT:
        return f"{int(days[1])} d"
    if percent is not None or days is not None:
        raise Wrong("gives_range", most=str(PERCENT_LIMIT), limit=str(DAYS_LIMIT))
    money = typed_money(answer.text, "", "amount", "share_bare")
    if money.minor < 1:
        raise Wrong("gives_range", most=str(PERCENT_LIMIT), limit=str(DAYS_LIMIT))
    return f"{money.plain} {money.currency}"


def _or_none(most: int, wrong: str) -> Parser:
    reader = whole(1, most, wrong)
    return lambda answer, draft: NO_LIMIT if answer.text == NO_LIMIT else reader(answer, draft)


uses: Final = _or_none(USES_LIMIT, "uses")
valid_days: Final = _or_none(3 * DAYS_LIMIT, "promo_until")
"""Parser of the number of days, from now, for which a promotion is valid."""


def promotion_of(
    answers: Mapping[str, str],
    promotion_id: DiscountCodeId,
    now: datetime,
    author: TelegramId | None,
    plan_id: PlanId | None = None,
) -> DiscountCode:
    """Create the promotion that the command's inputs describe."""
    facts: dict[str, Any] = {}
    amount, _, unit = answers["gives"].partition(" ")
    if unit == "%":
        facts["percent"] = int(amount)
    elif unit == "d":
        facts["days"] = int(amount)
    else:
        facts["amount"] = kept_money(answers["gives"])
    return DiscountCode(
        **facts,
        id=promotion_id,
        code=answers["code"],
        plan_id=plan_id,
        first_only=answers["when"] == FIRST_PURCHASE,
        once=answers["often"] == ONE_USE,
        uses=int(answers["uses"]) if answers["uses"] else None,
        expires_at=now + timedelta(days=int(answers["until"])) if answers["until"] else None,
        created_at=now,
        created_by=author,
    )
