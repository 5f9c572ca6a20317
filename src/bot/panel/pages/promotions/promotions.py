"""Promotion codes: made in a dialogue, listed with what came of them, stopped."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from bot.formats import day
from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Answer, Choice, Form, Question, Wrong
from bot.panel.pages.access.give import chosen, plan_of
from bot.panel.reading import kept_money, typed_money, whole
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.promotions import promotions as screens
from subscriptions.application.promotions.manage_promotions import PromotionCard
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.promotion import (
    DAYS_LIMIT,
    PERCENT_LIMIT,
    USES_LIMIT,
    Promotion,
    clean_code,
    looks_like_promotion,
)
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 8
ALL: Final = "*"
FIRST, EACH, ONCE, OFTEN = "first", "each", "once", "often"
_SKIP: Final = ""
_PERCENT: Final = re.compile(r"\s*(\d{1,3})\s*%\s*")
_DAYS: Final = re.compile(r"\s*(\d{1,4})\s*(?:d|días?|dias?|days?)\s*", re.IGNORECASE)


async def promotions(visit: Visit) -> Screen:
    """The newest first."""
    page = visit.number()
    found = await visit.use.promotions().newest(visit.who, limit=PAGE + 1, offset=page * PAGE)
    return screens.listed(visit.t, found[:PAGE], visit.use.clock().now(), page, len(found) > PAGE, visit.role)


async def promotion(visit: Visit) -> Screen:
    """One of them."""
    return await _shown(visit)


async def _shown(visit: Visit, note: str | None = None) -> Screen:
    return screens.one(visit.t, await _card(visit), visit.role, visit.use.clock().now(), note)


async def _card(visit: Visit) -> PromotionCard:
    found = await visit.use.promotions().one(visit.who, PromotionId(visit.id()))
    if found is None:
        raise Stale("no such promotion")
    return found


async def stop(visit: Visit) -> Screen:
    """Ask for a second tap."""
    return screens.stop(visit.t, await _card(visit))


async def stopped(visit: Visit) -> Screen:
    """Nobody begins with it any more."""
    await visit.use.promotions().stop(visit.who, PromotionId(visit.id()))
    return await _shown(visit, visit.t("promos.stopped"))


def _code(answer: Answer, _: Mapping[str, str]) -> str:
    code = clean_code(answer.text)
    if not looks_like_promotion(code):
        raise Wrong("code")
    return code


def _gives(answer: Answer, _: Mapping[str, str]) -> str:
    percent, days = _PERCENT.fullmatch(answer.text), _DAYS.fullmatch(answer.text)
    if percent is not None and 1 <= int(percent[1]) <= PERCENT_LIMIT:
        return f"{int(percent[1])} %"
    if days is not None and 1 <= int(days[1]) <= DAYS_LIMIT:
        return f"{int(days[1])} d"
    if percent is not None or days is not None:
        raise Wrong("gives_range", most=str(PERCENT_LIMIT), limit=str(DAYS_LIMIT))
    money = typed_money(answer.text, "", "amount")
    if money.minor < 1:
        raise Wrong("gives_range", most=str(PERCENT_LIMIT), limit=str(DAYS_LIMIT))
    return f"{money.decimal} {money.currency}"


async def _plans(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    plans = [Choice(plan.label, plan.soft_id) for plan in await visit.use.pricing().get_all_plans() if not plan.free]
    return [Choice(visit.t.plain("promos.all_plans"), ALL), *plans]


async def _whens(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain(f"promos.when.{each}"), each) for each in (FIRST, EACH)]


async def _oftens(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain(f"promos.often.{each}"), each) for each in (ONCE, OFTEN)]


async def _without(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain("promos.no_limit"), _SKIP)]


def _or_none(most: int, wrong: str) -> Any:
    read = whole(1, most, wrong)
    return lambda answer, answers: _SKIP if answer.text == _SKIP else read(answer, answers)


def _made_of(dialogue: Dialogue, visit: Visit) -> dict[str, Any]:
    said, now = dialogue.answers, visit.use.clock().now()
    gives: dict[str, Any] = {}
    amount, _, unit = said["gives"].partition(" ")
    if unit == "%":
        gives["percent"] = int(amount)
    elif unit == "d":
        gives["days"] = int(amount)
    else:
        gives["amount"] = kept_money(said["gives"])
    return gives | {
        "id": PromotionId(dialogue.id),
        "code": said["code"],
        "first_only": said["when"] == FIRST,
        "once": said["often"] == ONCE,
        "uses": int(said["uses"]) if said["uses"] else None,
        "expires_at": now + timedelta(days=int(said["until"])) if said["until"] else None,
        "created_at": now,
        "created_by": visit.who,
    }


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    said, t = dialogue.answers, visit.t
    made = Promotion(**_made_of(dialogue, visit))
    plans = {plan.soft_id: plan.label for plan in await visit.use.pricing().get_all_plans()}
    return t(
        "forms.promo.sure",
        code=made.code,
        terms="\n".join(screens.terms(t, made, plans.get(said["plan"], t.plain("promos.all_plans")))),
        until=day(t, made.expires_at) if made.expires_at is not None else t.plain("promos.no_limit"),
    )


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    plan = dialogue.answers["plan"]
    made = Promotion(**_made_of(dialogue, visit), plan_id=None if plan == ALL else await plan_of(visit, plan))
    try:
        card = await visit.use.promotions().make(visit.who, made)
    except InvalidInput:
        raise Wrong("code_taken", question="code") from None
    return screens.one(visit.t, card, visit.role, visit.use.clock().now(), visit.t("promos.ready"))


NEW: Final = Form(
    kind="promo",
    action=StaffAction.MAKE_PROMOTIONS,
    questions=(
        Question("code", _code),
        Question("gives", _gives),
        Question("plan", chosen, _plans),
        Question("when", chosen, _whens),
        Question("often", chosen, _oftens),
        Question("uses", _or_none(USES_LIMIT, "uses"), _without),
        Question("until", _or_none(3 * DAYS_LIMIT, "validity"), _without),
    ),
    carry_out=_make,
    leave=lambda _: data("promos"),
    summary=_sure,
)


async def new(visit: Visit) -> Screen:
    """Begin the guided dialogue."""
    return await begin(visit, NEW)


PAGES: Final[Mapping[str, Page]] = {
    "promos": Page(StaffAction.SEE_PROMOTIONS, promotions),
    "promo": Page(StaffAction.SEE_PROMOTIONS, promotion),
    "promo.new": Page(StaffAction.MAKE_PROMOTIONS, new),
    "promo.stop": Page(StaffAction.MAKE_PROMOTIONS, stop),
    "promo.stop2": Page(StaffAction.MAKE_PROMOTIONS, stopped),
}
FORMS: Final = (NEW,)
