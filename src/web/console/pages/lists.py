"""Subscriptions, payments, orders, channels, codes, messages: what one looks for when one does not know whom."""

from typing import Final

from web.console.lists import list_page

_AREAS: Final = {
    "selling": (
        *("subscriptions", "payments", "orders", "receipts", "invoices", "codes", "promotions", "partners", "owed"),
        *("statement", "gifts", "referrals"),
    ),
    "delivering": ("resources", "tips", "channels", "messages"),
    "shop": ("team", "roles", "invitations", "keys", "endpoints", "deliveries"),
}
PAGES: Final = tuple(list_page(name, area) for area, names in _AREAS.items() for name in names)
