"""Tokens as staff makes and keeps them."""

from collections.abc import Sequence
from datetime import datetime

from bot.formats import brief
from bot.keyboards import button, copy
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import NO_NAMES, Names, Row, actor_name, card, pairs, screen, turns
from bot.texts import Texts
from subscriptions.application.views.told_offer import plan_price
from subscriptions.application.vip.tokens import TokenCard
from subscriptions.domain.entities.activation_token import ActivationToken, state_of
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.services.staff_policy import StaffAction, may


def choose(t: Texts, plans: Sequence[ServicePlan]) -> Screen:
    """With which plan; a press makes the token at once, the last rows ask for more first."""
    if not plans:
        return screen(t, t("tokens.no_plans"), button(t.plain("offer.new"), data("plan.new")))
    rows: list[Row] = [
        button(t.plain("offer.plan_on", plan=plan.label, price=plan_price(t, plan)), data("gen.make", plan.id))
        for plan in plans
    ]
    more = [
        button(t.plain("tokens.options"), data("token.new")),
        button(t.plain("tokens.batch"), data("token.batch")),
    ]
    return screen(t, t("tokens.choose"), *rows, more)


def token_card(
    t: Texts, item: TokenCard, role: Role | None, now: datetime, note: str | None = None, names: Names = NO_NAMES
) -> Screen:
    """One token: its link to hand over, what it gives, how it stands. note: a line above. names: of who made it."""
    token = item.token
    lines = [note] if note else []
    lines.append(
        card(
            t("tokens.plan", plan=item.plan.label),
            t("tokens.price", price=token.price),
            t("tokens.length", days=t.unit("day", token.duration_days)),
            t("tokens.code", code=token.mask() if token.sealed else token.token),
            t("tokens.state", state=_state(t, token, now)),
            t("tokens.note", note=token.note) if token.note else "",
            t("tokens.campaign", campaign=token.campaign) if token.campaign else "",
            t("tokens.made", at=brief(t, token.created_at), by=actor_name(names, token.created_by)),
            t("tokens.opened", n=token.opened) if token.opened else "",
        )
    )
    copy_button: Row = None
    if token.usable(now) and item.link is not None:
        lines.append(t("tokens.share", link=item.link))
        copy_button = copy(t.plain("tokens.copy"), item.link)
    elif item.link is None:
        lines.append(t("tokens.shown_once" if token.sealed else "tokens.no_link"))
    rows = []
    if may(role, StaffAction.MAKE_TOKENS) and item.plan.active:
        rows.append(button(t.plain("tokens.another"), data("gen.make", item.plan.id)))
    if may(role, StaffAction.REVOKE_TOKENS) and token.usable(now) and token.order_id is None:
        rows.append(button(t.plain("tokens.revoke"), data("token.rev", token.id)))
    return screen(t, "\n\n".join(lines), copy_button, *pairs(rows), back_to="tokens", deep=True)


def token_list(t: Texts, items: Sequence[TokenCard], now: datetime, page: int, more: bool, role: Role | None) -> Screen:
    """The newest first, page by page."""
    rows: list[Row] = []
    if may(role, StaffAction.MAKE_TOKENS) and page == 0:
        rows += [button(t.plain("panel.new_token"), data("gen")), button(t.plain("tokens.batch"), data("token.batch"))]
    rows += [button(_label(t, item, now), data("token", item.token.id)) for item in items]
    rows.append(turns(t, "tokens", page, more))
    return screen(t, t("tokens.title") if items else t("tokens.none"), *rows)


def revoke(t: Texts, item: TokenCard) -> Screen:
    """Really?"""
    sure = button(t.plain("tokens.revoke_yes"), data("token.rev2", item.token.id))
    text = t("tokens.revoke_sure", code=item.token.mask(), plan=item.plan.label)
    return screen(t, text, sure, back_to=data("token", item.token.id))


def batch(t: Texts, n: int, plan: str) -> Screen:
    """Made, and sent as a file."""
    return screen(t, t("tokens.batch_done", n=n, plan=plan), back_to="tokens", deep=True)


def _state(t: Texts, token: ActivationToken, now: datetime) -> str:
    return t.plain(f"tokens.is.{state_of(token, now)}", until=brief(t, token.expires_at))


_ICONS = {"usable": "🟢", "used": "✅", "joined": "✅", "revoked": "🗑", "expired": "⌛"}


def _label(t: Texts, item: TokenCard, now: datetime) -> str:
    icon = _ICONS[state_of(item.token, now)]
    return t.plain("tokens.button", icon=icon, code=item.token.mask(), plan=item.plan.name)
