"""Subscriptions, payments, orders, channels, codes, messages: what one looks for when one does not know whom."""

from typing import Final

from subscriptions.application.menu import MenuSection
from web.console.lists import list_page

_SECTIONS: Final = {
    MenuSection.CUSTOMERS: ("subscriptions",),
    MenuSection.MONEY: ("payments", "orders", "receipts", "invoices", "owed", "statement"),
    MenuSection.OFFER: ("promotions", "codes", "gifts", "referrals", "partners"),
    MenuSection.CHATS: ("resources", "channels"),
    MenuSection.MESSAGES: ("messages", "tips"),
    MenuSection.SETTINGS: ("team", "roles", "invitations", "keys", "endpoints", "deliveries"),
}
PAGES: Final = tuple(list_page(name, section) for section, names in _SECTIONS.items() for name in names)
