"""Promotion codes: made, listed with what came of them, stopped; read and told as in the chat's panel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from subscriptions.application.lists.columns import Code, Count, State, Terms, Text
from subscriptions.application.promotions import promotion_draft as draft
from subscriptions.application.promotions.see_promotions import PromotionCard
from subscriptions.application.views import told_offer
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.said import ChatWords
from web.console.staff_commands import ACTIONS as STAFF_COMMANDS
from web.console.visit import FormFields, Page, Target, Visit

PAGE_SIZE: Final = 25
COLUMNS: Final = (
    Code("promotion"),
    Terms("gives"),
    State("status", words="promo_state"),
    Count("claimed"),
    Count("used"),
    Text("money_brought"),
    Terms("link"),
)


async def list_promotions(visit: Visit) -> Mapping[str, Any]:
    """The newest first."""
    number = visit.number()
    promotion_cards = await visit.use.promotions().newest(visit.who, limit=PAGE_SIZE + 1, offset=number * PAGE_SIZE)
    make = visit.may(StaffAction.MAKE_PROMOTIONS)
    return {
        "columns": COLUMNS,
        "rows": [_row(visit, card) for card in promotion_cards[:PAGE_SIZE]],
        "offered": (lambda row: ("stop_promotion",) if row["status"] == "running" else ()) if make else None,
        "begin": ["make_promotion"] if make else [],
        "following": visit.address(page=str(number + 1)) if len(promotion_cards) > PAGE_SIZE else None,
        "earlier": number > 0,
    }


def _row(visit: Visit, card: PromotionCard) -> Row:
    offer, figures, say = card.promotion, card.figures, ChatWords(visit.words)
    is_stopped = offer.stopped_at is not None
    savings = [visit.words("cell.saved", saved=each) for each in figures.savings]
    return {
        "id": offer.id,
        "promotion": offer.code,
        "gives": " · ".join(
            (
                f"{told_offer.gives(say, offer)}, {told_offer.payments_text(say, offer)}",
                card.plan.label if card.plan is not None else say("promos.all_plans"),
                told_offer.usage_text(say, offer),
                *([visit.words("cell.uses", n=offer.uses)] if offer.uses is not None else ()),
                *([visit.words("cell.until", day=visit.words.day(offer.expires_at))] if offer.expires_at else ()),
            )
        ),
        "status": "stopped" if is_stopped else "running" if offer.is_running(visit.now) else "over",
        "claimed": figures.claims,
        "used": figures.used,
        "money_brought": " · ".join([*map(say.money, figures.revenue), *savings]),
        "link": card.link,
    }


async def _look(visit: Visit, _: Target, answers: FormFields) -> Sequence[tuple[str, str]]:
    say, plans = ChatWords(visit.words), await visit.use.pricing().get_all_plans()
    promotion = draft.promotion_of(answers, PromotionId(UUID(int=0)), visit.now, visit.who)
    plan = next((plan.label for plan in plans if plan.soft_id == answers["plan"]), say("promos.all_plans"))
    lines = [*told_offer.terms(say, promotion, plan), told_offer.state(say, promotion, visit.now, visit.words.moment)]
    return [(promotion.code, "\n".join(lines))]


PAGES: Final = (
    Page("promotions", "/promotions", "table.html", StaffAction.SEE_PROMOTIONS, list_promotions, "selling"),
)
ACTIONS: Final = (replace(STAFF_COMMANDS["make_promotion"], look=_look),)
