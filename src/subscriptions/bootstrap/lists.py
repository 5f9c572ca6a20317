"""Re-export of the console's lists, for the interfaces that show them."""

from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS

__all__ = ["LISTS", "SqlLists"]
