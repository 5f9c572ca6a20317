"""Screens about a customer's referral link."""

from bot import callbacks
from bot.keyboards import button, copy, keyboard
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from features.referrals.callbacks import REFERRALS
from features.referrals.use_cases.show_referrals import ReferralView


def referrals(t: Texts, view: ReferralView) -> Screen:
    """Render the rule of the referral program, the link and the counts."""
    days = t.unit("day", view.days.days)
    text = t(
        "referrals.card" if view.gains else "referrals.card_for_life",
        days=days,
        link=view.link,
        came=view.came,
        paid=view.paying_count,
    )
    status = button(t.plain("buttons.status"), callbacks.STATUS)
    return Screen(text, keyboard(copy(t.plain("buttons.copy_link"), view.link), status))


def none(t: Texts) -> Screen:
    """Return the screen that says that the shop currently grants no days for referrals."""
    return Screen(t("referrals.none"), keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def section(t: Texts, view: ReferralView) -> StatusSection:
    """Return the referral section of the status card: a button, and a line with the counts once a customer was
    referred.
    """
    text = t("referrals.line", came=view.came, paid=view.paying_count) if view.came else ""
    return StatusSection(order=20, text=text, buttons=[[button(t.plain("buttons.referrals"), REFERRALS)]])
