"""Promotion codes: made, listed with what came of them, stopped; read and told as in the chat's panel."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.lists.columns import Code, Count, State, Terms, Text
from subscriptions.application.promotions import promotion_draft as draft
from subscriptions.application.promotions.manage_promotions import PromotionCard
from subscriptions.application.views import told_offer
from subscriptions.domain.entities.promotion import Promotion
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.pages.about import read_id
from web.console.said import Said
from web.console.visit import ROOT, Action, Field, Page, Target, Typed, Visit

LISTED: Final = f"{ROOT}/promotions"
SHOWN: Final = 25
FRESH: Final = "new"
COLUMNS: Final = (
    Code("promotion"),
    Terms("gives"),
    State("status", words="promo_state"),
    Count("claimed"),
    Count("used"),
    Text("earned"),
    Terms("link"),
)


async def listed(visit: Visit) -> Mapping[str, Any]:
    """The newest first."""
    number = visit.number()
    found = await visit.use.promotions().newest(visit.who, limit=SHOWN + 1, offset=number * SHOWN)
    make = visit.may(StaffAction.MAKE_PROMOTIONS)
    return {
        "columns": COLUMNS,
        "rows": [_row(visit, card) for card in found[:SHOWN]],
        "offered": (lambda row: ("promo_stop",) if row["status"] == "running" else ()) if make else None,
        "begin": "promo_new" if make else None,
        "following": visit.address(page=str(number + 1)) if len(found) > SHOWN else None,
        "earlier": number > 0,
    }


def _row(visit: Visit, card: PromotionCard) -> Row:
    offer, figures, say = card.promotion, card.figures, Said(visit.words)
    stopped = offer.stopped_at is not None
    saved = [visit.words("cell.saved", saved=each) for each in figures.saved]
    return {
        "id": offer.id,
        "promotion": offer.code,
        "gives": " · ".join(
            (
                f"{told_offer.gives(say, offer)}, {told_offer.when(say, offer)}",
                card.plan.label if card.plan is not None else say("promos.all_plans"),
                told_offer.often(say, offer),
                *([visit.words("cell.uses", n=offer.uses)] if offer.uses is not None else ()),
                *([visit.words("cell.until", day=visit.words.day(offer.expires_at))] if offer.expires_at else ()),
            )
        ),
        "status": "stopped" if stopped else "running" if offer.running(visit.now) else "over",
        "claimed": figures.claimed,
        "used": figures.used,
        "earned": " · ".join([*map(say.money, figures.paid), *saved]),
        "link": card.link,
    }


async def _fresh(visit: Visit, about: str) -> Target | None:
    return Target(FRESH, visit.words("about.promotions"), LISTED) if about == FRESH else None


async def _running(visit: Visit, about: str) -> Target | None:
    card = await visit.use.promotions().one(visit.who, PromotionId(read_id(about)))
    if card is None or not card.promotion.running(visit.now):
        return None
    return Target(about, card.promotion.code, LISTED, {"code": card.promotion.code})


async def _for(visit: Visit) -> Mapping[str, ServicePlan]:
    return {plan.soft_id: plan for plan in await visit.use.pricing().get_all_plans() if not plan.free}


async def _plans(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
    every = (draft.ALL, Said(visit.words)("promos.all_plans"))
    return [every, *((soft_id, plan.label) for soft_id, plan in (await _for(visit)).items())]


def _one_of(table: str, *names: str) -> Any:
    async def choices(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
        return [(name, Said(visit.words)(f"promos.{table}.{name}")) for name in names]

    return choices


async def _made(visit: Visit, typed: Typed, known: UUID) -> tuple[Promotion, str]:
    plan = None if typed["plan"] == draft.ALL else (await _for(visit)).get(typed["plan"])
    if plan is None and typed["plan"] != draft.ALL:
        raise Wrong("plan", question="plan")
    of = plan.id if plan is not None else None
    made = draft.promotion_of(typed, PromotionId(known), visit.now, visit.who, of)
    return made, plan.label if plan is not None else Said(visit.words)("promos.all_plans")


async def _look(visit: Visit, _: Target, typed: Typed) -> Sequence[tuple[str, str]]:
    made, plan = await _made(visit, typed, UUID(int=0))
    say = Said(visit.words)
    lines = [*told_offer.terms(say, made, plan), told_offer.state(say, made, visit.now, visit.words.moment)]
    return [(made.code, "\n".join(lines))]


async def _new(visit: Visit, _: Target, typed: Typed, operation: UUID) -> str:
    made, _plan = await _made(visit, typed, operation)
    try:
        await visit.use.promotions().make(visit.who, made)
    except InvalidInput as taken:
        raise Wrong("code_taken", question="code") from taken
    return "promo_made"


async def _stop(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
    return "promo_stopped" if await visit.use.promotions().stop(visit.who, PromotionId(UUID(target.id))) else "over"


def _is(answer: str) -> Callable[[Target], str]:
    return lambda _: answer


NEW: Final = (
    Field("code", read=draft.code, of="promo"),
    Field("gives", read=draft.gives, of="promo"),
    Field("plan", "choice", _plans, _is(draft.ALL), of="promo"),
    Field("when", "choice", _one_of("when", draft.FIRST, draft.EACH), _is(draft.FIRST), of="promo"),
    Field("often", "choice", _one_of("often", draft.ONCE, draft.OFTEN), _is(draft.ONCE), of="promo"),
    Field("uses", read=draft.uses, optional=True, of="promo"),
    Field("until", read=draft.until, optional=True, of="promo"),
)
PAGES: Final = (Page("promotions", "/promotions", "table.html", StaffAction.SEE_PROMOTIONS, listed, "selling"),)
ACTIONS: Final = (
    Action("promo_new", StaffAction.MAKE_PROMOTIONS, _fresh, _new, NEW, look=_look),
    Action("promo_stop", StaffAction.MAKE_PROMOTIONS, _running, _stop),
)
