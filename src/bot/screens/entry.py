"""Screens of a shared channel that a customer may enter: the invite link, membership, and the steps before the link, if
a feature adds steps.

The operator can adapt the texts for each channel with steps, see `PER_RESOURCE`.
"""

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.entry_step import entry_step
from bot.formats import moment
from bot.keyboards import button, keyboard, link, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.resource import VIP


def entry(t: Texts, vip: VipView) -> Screen:
    """Return the customer's current state: membership, a ban, a step before the link, or the link."""
    if vip.is_inside:
        status = button(t.plain("buttons.status"), callbacks.STATUS)
        return Screen(inside_text(t, vip), keyboard(status))
    if vip.access is AccessStatus.BANNED:
        help_button = button(t.plain("buttons.help"), callbacks.HELP)
        return Screen(t("vip.banned", chat=vip.chat), keyboard(help_button))
    step = entry_step(t, vip)
    if step is not None:
        return step
    if vip.invite_url is None or vip.invite_until is None:
        return Screen(t(text_key(t, "link_wait", vip)), keyboard(retry_button(t, vip.resource)))
    text = t(text_key(t, "link", vip), chat=vip.chat, expires=moment(t, vip.invite_until))
    return Screen(text, keyboard(invite_button(t, vip)))


def resume(t: Texts, vip: VipView) -> InlineKeyboardButton:
    """Return the button that resumes the entry procedure of a shared channel other than the VIP channel."""
    return button(t.plain("vip.chat.resume", chat=vip.chat), callbacks.vip_entry(vip.resource))


def buttons(t: Texts, vip: VipView) -> list[InlineKeyboardButton]:
    """Return the status card's buttons for the VIP channel."""
    if vip.is_inside or vip.access is None:
        return []
    if vip.stage in {1, 2}:
        return [button(t.plain("vip.button.resume"), callbacks.vip_entry())]
    join_button = invite_button(t, vip)
    return [join_button or button(t.plain("buttons.refresh"), callbacks.STATUS)]


def access_over(t: Texts, resource: str = VIP) -> Screen:
    """Report that access ended before the customer pressed a button of the entry procedure."""
    return Screen(t("vip.over" if resource == VIP else "vip.chat.over"), keyboard(plans_button(t)))


def text_key(t: Texts, name: str, vip: VipView) -> str:
    """Return the key of a text for a channel, see `PER_RESOURCE`. The VIP channel uses the general text."""
    if vip.resource == VIP:
        return f"vip.{name}"
    chat_key = f"vip.chat.{name}"
    return t.key_for(chat_key if t.has(chat_key) else f"vip.{name}", vip.resource)


def invite_button(t: Texts, vip: VipView) -> InlineKeyboardButton | None:
    """Return the button with the invite link; None if the customer has none."""
    if vip.is_inside or vip.invite_url is None:
        return None
    step = entry_step(t, vip)
    if step is not None and step.markup is not None:
        return step.markup.inline_keyboard[0][0]
    return link(t.plain("buttons.join", plan=vip.plan_name), vip.invite_url)


def inside_text(t: Texts, vip: VipView) -> str:
    """Return the text that confirms that the customer is a member of the channel, with the end of the access."""
    return t(text_key(t, "inside", vip), chat=vip.chat, until=end_text(t, vip))


def retry_button(t: Texts, resource: str = VIP) -> InlineKeyboardButton:
    """Return the button that requests an invite link again if it could not be created."""
    return button(t.plain("buttons.retry"), callbacks.vip_stage(3, resource))


def end_text(t: Texts, vip: VipView) -> str:
    """Return the text that states when the customer's access ends."""
    return moment(t, vip.access_until) if vip.access_until is not None else "–"
