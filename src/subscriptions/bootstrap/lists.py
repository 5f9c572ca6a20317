"""Re-export of the lists for interfaces."""

from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS

__all__ = ["LISTS", "SqlLists"]
