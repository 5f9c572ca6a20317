"""Rights of processes on a table, and common sets of rights."""

from typing import Final, NamedTuple


class Rights(NamedTuple):
    """Rights of each process as letters of `rawd`: read, add, write (update), delete. `ra w:x,y` allows updates of
    these columns only.
    """

    web: str = ""
    worker: str = ""
    bot: str = ""
    userbot: str = ""
    console: str = ""


OURS: Final = Rights("", "rawd", "rawd", "rawd", "r")
"""Common rights of the three processes that are not reachable from the internet. The web process has only the rights
that it needs. The console reads and writes what staff may; it uses a separate login and is not a process.
"""
GOODS: Final = Rights("", "rawd", "rawd", "r", "r")
ERASED_OURS: Final = OURS._replace(bot="raw", userbot="raw")
ERASED: Final = GOODS._replace(bot="raw")
"""Tables of which only an erasure, run by the worker, deletes rows."""
KEPT_OURS: Final = ERASED_OURS._replace(worker="raw")
KEPT: Final = ERASED._replace(worker="raw")
"""Tables of which no rows are deleted."""
APPEND_ONLY: Final = Rights("", "ra", "ra", "ra", "ra")
"""Append-only tables. A trigger allows the worker's updates only to blank columns for an erasure."""
