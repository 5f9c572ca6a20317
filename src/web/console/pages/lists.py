"""Console pages of lists, such as subscriptions, payments, orders, channels, codes and messages."""

from typing import Final

from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.lists import LISTS
from web.console.lists import list_page

_SECTIONS: Final = {
    MenuSection.CUSTOMERS: ("subscriptions",),
    MenuSection.MONEY: ("payments", "orders", "receipts", "invoices"),
    MenuSection.OFFER: ("promotions", "codes", "gifts"),
    MenuSection.CHATS: ("resources", "channels"),
    MenuSection.MESSAGES: ("messages", "tips"),
    MenuSection.SETTINGS: ("team", "roles", "invitations", "keys", "endpoints", "deliveries"),
}
PAGES: Final = tuple(list_page(name, section) for section, names in _SECTIONS.items() for name in names) + tuple(
    list_page(model.name, model.section) for model in LISTS.values() if model.section is not None
)
