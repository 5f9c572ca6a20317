"""Callback data of the button that applies a promotion code."""

from typing import Final

PROMOTION_PATTERN: Final = r"promo_(?P<promotion>[A-Z0-9_-]{3,24})"
