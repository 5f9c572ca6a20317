"""The VIP business in the chat: an activation's card, the stages of the ritual, what a code may be refused for."""

from datetime import timedelta

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.vip.code_answers import Activated, Offered
from subscriptions.application.vip.vip_view import VipView


def card(t: Texts, gain: Activated) -> str:
    """The confirmation card as the operator wrote it, down to the role line."""
    key = "extended" if gain.extended else "activated"
    text = t(
        # Whoever is given something is not told what it cost.
        f"vip.gift_{key}" if gain.gift else f"vip.{key}" if gain.vip else f"vip.{key}_personal",
        plan=gain.plan.name,
        price=gain.price,
        duration=t.unit("day", gain.days),
        left=gain.left,
        until=moment(t, gain.until),
    )
    return f"{text}\n\n{t('vip.role')}" if gain.vip and not gain.extended else text


def offer_screen(t: Texts, offer: Offered, consent: str = "") -> Screen:
    """What a code would give, asked once before it is used up. consent: what the press agrees to, where it does."""
    key = f"vip.{'gift_' if offer.gift else ''}offer{'_longer' if offer.extends else ''}"
    text = t(key, plan=offer.plan.name, duration=t.unit("day", offer.days))
    use = button(t.plain("vip.button.open" if offer.gift else "vip.button.use"), callbacks.use_code(offer.code))
    question = "" if offer.gift else t("vip.offer_question")
    return Screen("\n\n".join(part for part in (text, consent, question) if part), keyboard(use, plans_button(t)))


def activation(t: Texts, gain: Activated, vip: VipView | None, *, direct: timedelta | None) -> Screen:
    """The card, and what comes next. vip: None for a personal channel. direct: how long a link handed over at once is
    good, None under the ritual."""
    head = card(t, gain)
    if gain.extended and (vip is None or vip.inside):
        # In the middle of the ritual there is still something to do.
        head = f"{head} {t('vip.extended_all')}"
    status = button(t.plain("buttons.status"), callbacks.STATUS)
    if vip is None:
        waits = t("vip.preparing" if gain.own else "vip.preparing_shared")
        return Screen(head if gain.extended else f"{head}\n\n{waits}", keyboard(status))
    if vip.inside:
        return Screen(head if gain.extended else f"{head}\n\n{t('vip.inside', until=_end(t, vip))}", keyboard(status))
    if gain.extended and vip.stage is None:
        return Screen(head, keyboard(_way_in(t, vip), status))
    if direct is not None and vip.stage is None:
        return _direct(t, head, vip, direct)
    screen = stage(t, vip)
    return Screen(f"{head}\n\n{t('vip.line')}\n{screen.text}", screen.markup)


def _direct(t: Texts, head: str, vip: VipView, lifetime: timedelta) -> Screen:
    if vip.invite_url is None:
        body, way = t("vip.direct_wait"), _retry_button(t)
    else:
        hours = t.unit("hour", int(lifetime.total_seconds() // 3600))
        body, way = t("vip.direct", hours=hours), link(t.plain("buttons.join", plan=vip.plan_name), vip.invite_url)
    return Screen(f"{head}\n\n{t('vip.line')}\n{body}", keyboard(way))


def stage(t: Texts, vip: VipView) -> Screen:
    """Where the customer stands: one of the three stages, a link of later, or inside."""
    if vip.inside:
        status = button(t.plain("buttons.status"), callbacks.STATUS)
        return Screen(t("vip.inside", until=_end(t, vip)), keyboard(status))
    if vip.stage == 1:
        go_on = button(t.plain("vip.button.go_on"), callbacks.vip_stage(1))
        return Screen(t("vip.stage_1", until=_end(t, vip)), keyboard(go_on))
    if vip.stage == 2:
        return Screen(t("vip.stage_2"), keyboard(button(t.plain("vip.button.ready"), callbacks.vip_stage(2))))
    if vip.invite_url is None or vip.invite_until is None:
        return Screen(t("vip.stage_3_wait"), keyboard(_retry_button(t)))
    key = "vip.stage_3" if vip.stage == 3 else "vip.link"
    return Screen(t(key, expires=moment(t, vip.invite_until)), keyboard(_way_in(t, vip)))


def buttons(t: Texts, vip: VipView) -> list[InlineKeyboardButton]:
    """What the status card offers for the VIP channel."""
    if vip.inside or vip.access is None:
        return []
    if vip.stage in {1, 2}:
        return [button(t.plain("vip.button.resume"), callbacks.VIP_ENTRY)]
    way = _way_in(t, vip)
    return [way or button(t.plain("buttons.refresh"), callbacks.STATUS)]


def over(t: Texts) -> Screen:
    """A button of the ritual after the access ended."""
    return Screen(t("vip.over"), keyboard(plans_button(t)))


def refusal(t: Texts, reason: str, support: str = "", **facts: object) -> Screen:
    """Why a code was not taken, and the ways on. reason: a key of `vip.refused`. support: where to find a person."""
    text = t(f"vip.refused.{reason}", **facts)
    if support:
        text = f"{text}\n\n{t('chat.support', contact=support)}"
    return Screen(text, keyboard(plans_button(t)))


def _way_in(t: Texts, vip: VipView) -> InlineKeyboardButton | None:
    if vip.inside or vip.invite_url is None:
        return None
    text = t.plain("vip.button.cross") if vip.stage == 3 else t.plain("buttons.join", plan=vip.plan_name)
    return link(text, vip.invite_url)


def _retry_button(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.retry"), callbacks.vip_stage(3))


def _end(t: Texts, vip: VipView) -> str:
    return moment(t, vip.access_until) if vip.access_until is not None else "–"
