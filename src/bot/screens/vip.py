"""Screens of the VIP channel: the confirmation of an activation, the steps of the entry procedure, and refusals of
codes.

The operator can adapt the entry procedure's texts for each channel, see `PER_RESOURCE`.
"""

from datetime import timedelta

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.vip.code_answers import Activation, CodeOffer
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.resource import VIP


def card(t: Texts, gain: Activation) -> str:
    """Return the confirmation of an activation, in the operator's wording and with a line about the VIP role."""
    key = "extended" if gain.is_extension else "activated"
    text = t(
        # The recipient of a gift does not see the price.
        f"vip.gift_{key}" if gain.gift else f"vip.{key}" if gain.vip else f"vip.{key}_personal",
        plan=gain.plan.name,
        price=gain.price,
        duration=t.unit("day", gain.days),
        left=gain.days_left,
        until=moment(t, gain.access_end),
    )
    return f"{text}\n\n{t('vip.role')}" if gain.vip and not gain.is_extension else text


def offer_screen(t: Texts, offer: CodeOffer, consent: str = "") -> Screen:
    """Return the preview of a code before its redemption. consent: statement of the terms that the press accepts; may
    be empty.
    """
    key = f"vip.{'gift_' if offer.gift else ''}offer{'_longer' if offer.extends else ''}"
    text = t(key, plan=offer.plan.name, duration=t.unit("day", offer.days))
    use = button(t.plain("vip.button.open" if offer.gift else "vip.button.use"), callbacks.use_code(offer.code))
    question = "" if offer.gift else t("vip.offer_question")
    return Screen("\n\n".join(part for part in (text, consent, question) if part), keyboard(use, plans_button(t)))


def activation(t: Texts, gain: Activation, vip: VipView | None, *, direct: timedelta | None) -> Screen:
    """Return the confirmation of an activation with the next step.

    vip: the customer's state in the VIP channel; None for a personal channel. direct: validity of an invite link sent
    without the entry procedure; None if the procedure is used.
    """
    head = card(t, gain)
    if gain.is_extension and (vip is None or vip.is_inside):
        # A customer who has not completed the entry procedure still has to do so.
        head = f"{head} {t('vip.extended_all')}"
    status = button(t.plain("buttons.status"), callbacks.STATUS)
    if vip is None:
        waits = t("vip.preparing" if gain.own else "vip.preparing_shared")
        return Screen(head if gain.is_extension else f"{head}\n\n{waits}", keyboard(status))
    if vip.is_inside:
        return Screen(head if gain.is_extension else f"{head}\n\n{_inside_text(t, vip)}", keyboard(status))
    if gain.is_extension and vip.stage is None:
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
    """Return the customer's current state: one of the three steps, a link after the procedure, or membership."""
    if vip.is_inside:
        status = button(t.plain("buttons.status"), callbacks.STATUS)
        return Screen(_inside_text(t, vip), keyboard(status))
    if vip.access is AccessStatus.BANNED:
        help_button = button(t.plain("buttons.help"), callbacks.HELP)
        return Screen(t("vip.banned", chat=vip.chat), keyboard(help_button))
    if vip.stage == 1:
        go_on = button(t.plain(_key(t, "button.go_on", vip)), callbacks.vip_stage(1, vip.resource))
        text = t(_key(t, "stage_1", vip), chat=vip.chat, until=_end(t, vip))
        return Screen(text, keyboard(go_on))
    if vip.stage == 2:
        ready = button(t.plain(_key(t, "button.ready", vip)), callbacks.vip_stage(2, vip.resource))
        return Screen(t(_key(t, "stage_2", vip)), keyboard(ready))
    if vip.invite_url is None or vip.invite_until is None:
        return Screen(t(_key(t, "stage_3_wait", vip)), keyboard(_retry_button(t, vip.resource)))
    key = _key(t, "stage_3" if vip.stage == 3 else "link", vip)
    return Screen(t(key, chat=vip.chat, expires=moment(t, vip.invite_until)), keyboard(_way_in(t, vip)))


def resume(t: Texts, vip: VipView) -> InlineKeyboardButton:
    """Return the button that resumes the entry procedure of another channel."""
    return button(t.plain("vip.chat.resume", chat=vip.chat), callbacks.vip_entry(vip.resource))


def buttons(t: Texts, vip: VipView) -> list[InlineKeyboardButton]:
    """Return the status card's buttons for the VIP channel."""
    if vip.is_inside or vip.access is None:
        return []
    if vip.stage in {1, 2}:
        return [button(t.plain("vip.button.resume"), callbacks.vip_entry())]
    way = _way_in(t, vip)
    return [way or button(t.plain("buttons.refresh"), callbacks.STATUS)]


def access_over(t: Texts, resource: str = VIP) -> Screen:
    """Report that access ended before the customer pressed a button of the entry procedure."""
    return Screen(t("vip.over" if resource == VIP else "vip.chat.over"), keyboard(plans_button(t)))


def refusal(t: Texts, reason: str, support: str = "", **facts: object) -> Screen:
    """Return the message that a code was refused. reason: key of the text under `vip.refused`. support: contact
    address.
    """
    text = t(f"vip.refused.{reason}", **facts)
    if support:
        text = f"{text}\n\n{t('chat.support', contact=support)}"
    return Screen(text, keyboard(plans_button(t)))


def _key(t: Texts, name: str, vip: VipView) -> str:
    """Return the key of a text for a channel, see `PER_RESOURCE`. The VIP channel uses the general text."""
    if vip.resource == VIP:
        return f"vip.{name}"
    chat_key = f"vip.chat.{name}"
    return t.key_for(chat_key if t.has(chat_key) else f"vip.{name}", vip.resource)


def _way_in(t: Texts, vip: VipView) -> InlineKeyboardButton | None:
    if vip.is_inside or vip.invite_url is None:
        return None
    key = _key(t, "button.cross", vip) if vip.stage == 3 else "buttons.join"
    return link(t.plain(key, plan=vip.plan_name), vip.invite_url)


def _inside_text(t: Texts, vip: VipView) -> str:
    return t(_key(t, "inside", vip), chat=vip.chat, until=_end(t, vip))


def _retry_button(t: Texts, resource: str = VIP) -> InlineKeyboardButton:
    return button(t.plain("buttons.retry"), callbacks.vip_stage(3, resource))


def _end(t: Texts, vip: VipView) -> str:
    return moment(t, vip.access_until) if vip.access_until is not None else "–"
