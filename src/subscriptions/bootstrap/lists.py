"""Lists for the interfaces that show them."""

from subscriptions.infrastructure.database.lists import LISTS

__all__ = ["LISTS"]
