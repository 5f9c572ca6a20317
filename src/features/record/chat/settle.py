"""Settlement of a tip by pressing one button, as a whole or leg by leg."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.panel.dialogues import begin
from bot.panel.pages.staff.commands import SUBJECT, forms_by_name, press_operation, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.asking import warning
from features.picks.domain import TipResult, result_by_legs
from features.record.chat.tips import tips_shown
from features.record.commands.settle_tip import CASHED_OUT_AT, RESULT, SettleTip
from features.record.domain.tip_history import TipHistory
from features.record.permissions import SEE_RECORD, SETTLE_TIP
from features.record.screens import settle as screens
from features.record.wiring import record_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.ids import PostId


async def tip(visit: Visit) -> Screen:
    """Show the possible results of a tip."""
    return screens.tip(visit.t, await _tip(visit), visit.role)


async def result(visit: Visit) -> Screen:
    """Settle the tip with the pressed result."""
    return await _settle(visit, _result(visit.part(1)))


async def legs(visit: Visit) -> Screen:
    """Ask for the result of the next leg. After the last leg, settle the tip by the results of all legs."""
    history = await _tip(visit)
    results = [_of_letter(letter) for letter in (visit.part(1) if len(visit.parts) > 1 else "")]
    if len(results) > len(history.facts.legs) or not history.facts.legs:
        raise Stale("it has other legs")
    if len(results) < len(history.facts.legs):
        return screens.leg(visit.t, history, results)
    return await _settle(visit, result_by_legs(history.facts, results), results)


async def cashed_out(visit: Visit) -> Screen:
    """Ask for the odds of the cash-out."""
    history = await _tip(visit)
    defaults = {SUBJECT: str(history.tip_id), RESULT.name: TipResult.CASHED_OUT.value}
    return await begin(visit, forms_by_name()[SettleTip.name], CASHED_OUT_AT.name, **defaults)


async def _settle(visit: Visit, result: TipResult, legs: Sequence[TipResult] = ()) -> Screen:
    tip_id = str(visit.id())
    answers = {"result": result.value, "legs": " ".join(legs), "odds": "", "evidence": ""}
    try:
        note = await run(visit, SettleTip, tip_id, answers, press_operation(visit, tip_id))
    except Wrong as wrong:
        note = warning(visit.t, wrong.key, wrong.facts)
    return await tips_shown(visit, note)


async def _tip(visit: Visit) -> TipHistory:
    history = await record_of(visit.use.core).see_tip()(visit.who, PostId(visit.id()))
    if history is None:
        raise Stale("no such tip")
    return history


def _result(part: str) -> TipResult:
    try:
        return TipResult(part)
    except ValueError:
        raise Stale("no such result") from None


def _of_letter(letter: str) -> TipResult:
    result = screens.OF_LETTER.get(letter)
    if result is None:
        raise Stale("no such result")
    return result


PAGES: Final[Mapping[str, Page]] = {
    "tip": Page(SEE_RECORD, tip),
    "tip.as": Page(SETTLE_TIP, result),
    "tip.legs": Page(SETTLE_TIP, legs),
    "tip.cash": Page(SETTLE_TIP, cashed_out),
}
