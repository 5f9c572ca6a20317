"""Callback data of gift buttons, except for those that the core also shows: see `bot.callbacks`."""

from typing import Final

from bot.callbacks import SLUG, country

GIFT_PATTERN: Final = rf"gift_{SLUG}"
GIFT_PAY_PATTERN: Final = rf"gift_pay_(?P<provider>[a-z0-9_]+)_{SLUG}"
GIFT_PAID_PATTERN: Final = rf"gift_paid_{SLUG}"
GIFT_LINK_PATTERN: Final = r"gift_link_(?P<order>[0-9a-f]{32})"
GIFT_COUNTRY_PATTERN: Final = rf"country_(?P<country>[A-Z]{{2}})_gift:{SLUG}"


def gift_link(order: str) -> str:
    """Return the callback data of the button that shows a gift's link. order: hexadecimal digits of the order's id."""
    return f"gift_link_{order}"


def gift_country(code: str, soft_id: str) -> str:
    """Return the callback data of the button with which the buyer of a gift states their country and continues the
    purchase.
    """
    return country(code, f"gift:{soft_id}")
