"""Who helps with a payment."""

from bot.screens import Screen
from bot.texts import Texts


def payment_help(t: Texts, contact: str, telegram_id: int) -> Screen:
    """contact: as in SUPPORT_CONTACT, may be empty. telegram_id: by which our people find the customer."""
    if not contact:
        return Screen(t("chat.paysupport_nobody", reference=telegram_id))
    return Screen(t("chat.paysupport", contact=contact, reference=telegram_id))
