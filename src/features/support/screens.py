"""Screens of support: the receipt for a customer's message, and the answer of staff."""

from datetime import timedelta
from typing import Final

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from features.support.messages import SupportAnswer
from subscriptions.application.posts.typed_post import Marked

CANCELLING: Final = "support.cancelling"
"""Key of the text about canceling a subscription, which can be added to the receipt for a customer's message."""
_HOURS: Final = 24
"""Waiting time in hours up to which the time is stated in hours instead of days."""


def answer(t: Texts, message: SupportAnswer) -> Screen:
    """Return a message of staff to a customer, with its formatting."""
    return Screen(t("notices.support_answer", answer=Marked(message.answer)))


def passed_on(
    t: Texts, *, is_first: bool = False, is_limit_reached: bool = False, wait: timedelta | None = None
) -> Screen:
    """Confirm that a message was forwarded to staff.

    is_first: True to return the full answer, with the expected waiting time. is_limit_reached: True if further messages
    are not forwarded for a while. wait: usual time until staff answers, or None if unknown.
    """
    buttons = [button(t.plain("buttons.status"), callbacks.STATUS), button(t.plain("buttons.help"), callbacks.HELP)]
    if not is_first:
        return Screen(t("support.enough" if is_limit_reached else "support.also"), keyboard(buttons))
    if wait is None:
        when = t("support.some_time")
    else:
        hours = int(wait / timedelta(hours=1))
        when = t("support.usually", wait=t.unit("hour", hours) if hours <= _HOURS else t.unit("day", wait.days))
    return Screen(f"{t('support.passed_on')}\n\n{when}", keyboard(buttons))
