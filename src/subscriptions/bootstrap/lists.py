"""The lists there are, for the faces that show them."""

from subscriptions.infrastructure.database.lists import LISTS

__all__ = ["LISTS"]
