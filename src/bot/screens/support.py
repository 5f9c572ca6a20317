"""Screens of the help commands: list of commands, legal documents, and help with payments."""

from collections.abc import Collection

from bot.commands import command_list
from bot.keyboards import keyboard, link, plans_button
from bot.screens import Screen
from bot.site import page
from bot.texts import Texts
from subscriptions.application.people.support_contact import contact_url


def guide(t: Texts, contact: str, hidden: Collection[str] = ()) -> Screen:
    """Return the list of commands. If the contact is a link other than an e-mail address, a button opens the link.

    contact: as in SUPPORT_CONTACT, may be empty. hidden: commands of features that are off.
    """
    parts = [
        t("chat.guide"),
        command_list(t, hidden),
        t("chat.second_account"),
        t("chat.support", contact=contact) if contact else "",
    ]
    url = contact_url(contact)
    # Telegram refuses `mailto:` buttons, but the customer can tap the address in the text.
    person = link(t.plain("chat.person"), url) if url and not url.startswith("mailto:") else None
    return Screen("\n\n".join(part for part in parts if part), keyboard(person, plans_button(t)))


def document(t: Texts, name: str, base_url: str) -> Screen:
    """Return the link to a legal document. name: `terms` or `privacy`."""
    return Screen(t(f"chat.document.{name}", address=page(t, base_url, name)))


def payment_help(t: Texts, contact: str, telegram_id: int) -> Screen:
    """Return the help with payments.

    contact: as in SUPPORT_CONTACT, may be empty. telegram_id: reference by which staff finds the customer.
    """
    if not contact:
        return Screen(t("chat.paysupport_nobody", reference=telegram_id))
    return Screen(t("chat.paysupport", contact=contact, reference=telegram_id))
