"""Screens of activation codes: the preview, the confirmation of an activation with the next step, and refusals."""

from datetime import timedelta
from typing import Final

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.screens.entry import entry, inside_text, invite_button, retry_button
from bot.texts import Texts
from subscriptions.application.vip.code_answers import Activation, CodeOffer
from subscriptions.application.vip.vip_view import VipView

LIMITED: Final = "limited"
"""Reason for refusing every code of a person who tried too many that do not exist."""


def card(t: Texts, gain: Activation) -> str:
    """Return the confirmation of an activation, in the operator's wording and with a line about the VIP role."""
    key = "extended" if gain.is_extension else "activated"
    text = t(
        # The recipient of a gift does not see the price.
        f"vip.gift_{key}" if gain.paid_for else f"vip.{key}" if gain.vip else f"vip.{key}_personal",
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
    key = f"vip.{'gift_' if offer.paid_for else ''}offer{'_longer' if offer.extends else ''}"
    text = t(key, plan=offer.plan.name, duration=t.unit("day", offer.days))
    use = button(t.plain("vip.button.open" if offer.paid_for else "vip.button.use"), callbacks.use_code(offer.code))
    question = "" if offer.paid_for else t("vip.offer_question")
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
        return Screen(head if gain.is_extension else f"{head}\n\n{inside_text(t, vip)}", keyboard(status))
    if gain.is_extension and vip.stage is None:
        return Screen(head, keyboard(invite_button(t, vip), status))
    if direct is not None and vip.stage is None:
        return _direct(t, head, vip, direct)
    screen = entry(t, vip)
    return Screen(f"{head}\n\n{t('vip.line')}\n{screen.text}", screen.markup)


def _direct(t: Texts, head: str, vip: VipView, lifetime: timedelta) -> Screen:
    if vip.invite_url is None:
        body, action = t("vip.direct_wait"), retry_button(t)
    else:
        hours = t.unit("hour", int(lifetime.total_seconds() // 3600))
        body, action = t("vip.direct", hours=hours), link(t.plain("buttons.join", plan=vip.plan_name), vip.invite_url)
    return Screen(f"{head}\n\n{t('vip.line')}\n{body}", keyboard(action))


def refusal(t: Texts, reason: str, support: str = "", **facts: object) -> Screen:
    """Return the message that a code was refused. reason: key of the text under `vip.refused`. support: contact
    address.
    """
    text = t(f"vip.refused.{reason}", **facts)
    if support:
        text = f"{text}\n\n{t('chat.support', contact=support)}"
    return Screen(text, keyboard(plans_button(t)))
