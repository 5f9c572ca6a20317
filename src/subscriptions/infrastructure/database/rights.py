"""Rights of processes on a table, and those that many tables share."""

from typing import Final, NamedTuple


class Rights(NamedTuple):
    """Of `rawd`, read, add, write over, delete: what each process may. `ra w:x,y` writes over these columns only."""

    web: str = ""
    worker: str = ""
    bot: str = ""
    userbot: str = ""
    console: str = ""


OURS: Final = Rights("", "rawd", "rawd", "rawd", "r")
"""What the three processes that talk to nobody unknown share; the web, which does, gets what it needs and no more.

The console reads what staff sees and writes what staff does; it is a login of its own, not a process."""
GOODS: Final = Rights("", "rawd", "rawd", "r", "r")
ERASED_OURS: Final = OURS._replace(bot="raw", userbot="raw")
ERASED: Final = GOODS._replace(bot="raw")
"""Of these only an erasure, which is the worker's, deletes rows."""
KEPT_OURS: Final = ERASED_OURS._replace(worker="raw")
KEPT: Final = ERASED._replace(worker="raw")
"""Of these nobody deletes any."""
APPEND_ONLY: Final = Rights("", "ra", "ra", "ra", "ra")
"""What the worker may write over there, for who wants to be forgotten, a trigger lets it blank and nothing else."""
