"""Promotion codes as staff makes and keeps them."""

from collections.abc import Sequence
from datetime import datetime

from bot.formats import brief
from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import NO_NAMES, Names, Row, actor_name, card, screen, turns
from bot.texts import Texts
from subscriptions.application.promotions.see_promotions import PromotionCard
from subscriptions.application.views.told_offer import gives, state, terms
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction, may


def promotion_list(
    t: Texts, items: Sequence[PromotionCard], now: datetime, page: int, more: bool, role: Role | None
) -> Screen:
    """The newest first, page by page."""
    rows: list[Row] = []
    if may(role, StaffAction.MAKE_PROMOTIONS) and page == 0:
        rows.append(button(t.plain("promos.new"), data("promo.new")))
    rows += [
        button(
            t.plain(
                "promos.button",
                icon="🟢" if item.promotion.is_running(now) else "⌛",
                code=item.promotion.code,
                gives=gives(t, item.promotion),
                n=item.figures.used,
            ),
            data("promo", item.promotion.id),
        )
        for item in items
    ]
    rows.append(turns(t, "promos", page, more))
    return screen(t, t("promos.title") if items else t("promos.none"), *rows)


def one(
    t: Texts, item: PromotionCard, role: Role | None, now: datetime, note: str | None = None, names: Names = NO_NAMES
) -> Screen:
    """One promotion: what it gives, to whom, its link, and what came of it. note: a line above. names: of who made
    it."""
    offer, figures = item.promotion, item.figures
    lines = [note] if note else []
    lines.append(
        card(
            t("promos.code", code=offer.code),
            *terms(t, offer, item.plan.label if item.plan is not None else t.plain("promos.all_plans")),
            t("promos.state", state=state(t, offer, now, lambda at: brief(t, at))),
            t("promos.made", at=brief(t, offer.created_at), by=actor_name(names, offer.created_by)),
        )
    )
    lines.append(
        t(
            "promos.figures",
            claimed=figures.claims,
            used=figures.used,
            paid=_amounts(t, figures.revenue),
            saved=_amounts(t, figures.savings),
        )
    )
    copy_button: Row = None
    if item.link is not None:
        lines.append(t("promos.share", link=item.link, code=offer.code))
        copy_button = copy(t.plain("tokens.copy"), item.link)
    ends = may(role, StaffAction.MAKE_PROMOTIONS) and offer.is_running(now)
    stop_it = button(t.plain("promos.stop"), data("promo.stop", offer.id)) if ends else None
    return screen(t, "\n\n".join(lines), copy_button, stop_it, back_to="promos", deep=True)


def stop(t: Texts, item: PromotionCard) -> Screen:
    """Really?"""
    sure = button(t.plain("promos.stop_yes"), data("promo.stop2", item.promotion.id))
    return screen(t, t("promos.stop_sure", code=item.promotion.code), sure, back_to=data("promo", item.promotion.id))


def _amounts(t: Texts, amounts: Sequence[Money]) -> str:
    return " · ".join(t.money(amount) for amount in amounts) or "–"
