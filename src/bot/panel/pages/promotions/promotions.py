"""Promotion codes: made in a dialogue, listed with what came of them, stopped."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.formats import day
from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.staff.commands import outcome_of, press
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.promotions import promotions as screens
from subscriptions.application.dto.typed_answers import choice
from subscriptions.application.promotions import promotion_draft as draft
from subscriptions.application.promotions.make_promotion import MakePromotion
from subscriptions.application.promotions.promotion_draft import ALL, EACH, FIRST_PURCHASE, MANY_USES, ONE_USE
from subscriptions.application.promotions.see_promotions import PromotionCard
from subscriptions.application.promotions.stop_promotion import StopPromotion
from subscriptions.application.views import told_offer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 8


async def promotions(visit: Visit) -> Screen:
    """The newest first."""
    page = visit.number()
    promotion_cards = await visit.use.promotions().newest(visit.who, limit=PAGE + 1, offset=page * PAGE)
    return screens.promotion_list(
        visit.t, promotion_cards[:PAGE], visit.use.clock().now(), page, len(promotion_cards) > PAGE, visit.role
    )


async def promotion(visit: Visit) -> Screen:
    """One of them."""
    return await _show(visit)


async def _show(visit: Visit, note: str | None = None) -> Screen:
    return await _promotion_card(visit, await _card(visit), note)


async def _promotion_card(visit: Visit, item: PromotionCard, note: str | None) -> Screen:
    names = await visit.names(item.promotion.created_by)
    return screens.one(visit.t, item, visit.role, visit.use.clock().now(), note, names)


async def _card(visit: Visit) -> PromotionCard:
    promotion_card = await visit.use.promotions().one(visit.who, PromotionId(visit.id()))
    if promotion_card is None:
        raise Stale("no such promotion")
    return promotion_card


async def stop(visit: Visit) -> Screen:
    """Ask for a second tap."""
    return screens.stop(visit.t, await _card(visit))


async def _plans(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    plans = [Choice(plan.label, plan.soft_id) for plan in await visit.use.pricing().get_all_plans() if not plan.free]
    return [Choice(visit.t.plain("promos.all_plans"), ALL), *plans]


async def _whens(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain(f"promos.when.{each}"), each) for each in (FIRST_PURCHASE, EACH)]


async def _oftens(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain(f"promos.often.{each}"), each) for each in (ONE_USE, MANY_USES)]


async def _no_limit(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain("promos.no_limit"), draft.NO_LIMIT)]


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    answers, t = dialogue.answers, visit.t
    promotion = draft.promotion_of(answers, PromotionId(dialogue.id), visit.use.clock().now(), visit.who)
    plans = {plan.soft_id: plan.label for plan in await visit.use.pricing().get_all_plans()}
    return t(
        "forms.promo.sure",
        code=promotion.code,
        terms="\n".join(told_offer.terms(t, promotion, plans.get(answers["plan"], t.plain("promos.all_plans")))),
        until=day(t, promotion.expires_at) if promotion.expires_at is not None else t.plain("promos.no_limit"),
    )


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {asked_input.name: dialogue.answers[asked_input.name] for asked_input in MakePromotion.inputs}
    outcome = await outcome_of(visit, MakePromotion, "", answers, dialogue.id)
    card = await visit.use.promotions().one(visit.who, PromotionId(dialogue.id))
    if outcome is None or card is None:
        raise Stale("no such promotion")
    return await _promotion_card(visit, card, visit.t("promos.ready"))


NEW: Final = Form(
    kind="promo",
    action=StaffAction.MAKE_PROMOTIONS,
    questions=(
        Question("code", draft.code),
        Question("gives", draft.gives),
        Question("plan", choice, _plans),
        Question("when", choice, _whens),
        Question("often", choice, _oftens),
        Question("uses", draft.uses, _no_limit),
        Question("until", draft.valid_days, _no_limit),
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
    "promo.stop2": press(StopPromotion, _show),
}
FORMS: Final = (NEW,)
