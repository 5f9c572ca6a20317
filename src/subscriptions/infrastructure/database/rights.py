"""Rights of processes on a table, and common sets of rights."""

from typing import Final, NamedTuple


class Watched(NamedTuple):
    """Rows whose addition or change without an entry of the audit log in the same transaction raises an alarm.

    label: column that identifies a row in the record, without personal data
    shown: SQL expression that describes a row to the owner who looks through the table after a theft; empty for tables
        with too many rows
    added: SQL condition of the added rows, called `new`
    changed: SQL condition of the changed rows, called `old` and `new`; empty if changes are not recorded
    current: SQL condition of the rows to look through after a theft
    """

    label: str
    shown: str = ""
    added: str = "true"
    changed: str = ""
    current: str = "true"


class Rights(NamedTuple):
    """Rights of each process on a table, as letters of `rawd`: read, add, write (update), delete. `ra w:x,y` allows
    updates of the columns `x` and `y` only.

    recorded: SQL condition of the rows, called `old`, whose deletion by a process is recorded; empty for none. The
    worker alerts the owners to a recorded deletion if the same transaction added no entry to the audit log.

    watched: the same for added and changed rows; None for tables whose use cases write no entry
    """

    web: str = ""
    worker: str = ""
    bot: str = ""
    userbot: str = ""
    console: str = ""
    recorded: str = "true"
    watched: Watched | None = None

    @property
    def by_process(self) -> tuple[str, str, str, str, str]:
        """Rights of the processes, in the order of `grants.PROCESSES`."""
        return self.web, self.worker, self.bot, self.userbot, self.console


UNRECORDED: Final = ""
"""Empty condition, for tables whose deletions need no record: the rows are written again automatically, or are entered
again by the person who needs them.
"""


def later_than(moment: str, span: str) -> str:
    """Return the condition that a row's timestamp is later than `span` from now; `span` is an interval such as `-29
    days`. The condition is never met in an installation whose clock may be ahead of the database's clock.
    """
    return f"{moment} > upper(public.umbral_present()) + interval '{span}'"


def by_login(process: str) -> str:
    """Return the condition that the statement is run with the login of a process."""
    return f"coalesce(pg_has_role(current_user, to_regrole('umbral_{process}'), 'USAGE'), false)"


BY_OTHERS: Final = f"NOT {by_login('worker')}"
"""Condition of rows that only the worker adds without an entry of the audit log, as part of its automatic work."""
BY_CONSOLE: Final = by_login("console")
"""Condition of rows that the bot and the worker also add for customers, without an entry of the audit log."""

OURS: Final = Rights("", "rawd", "rawd", "rawd", "r")
"""Common rights of the three processes that are not reachable from the internet. The web process has only the rights
that it needs. The console has the rights that staff needs; it is not a process, but uses its own database user.
"""
GOODS: Final = Rights("", "rawd", "rawd", "r", "r")
ERASED_OURS: Final = OURS._replace(bot="raw", userbot="raw")
ERASED: Final = GOODS._replace(bot="raw")
"""Rights on tables from which only an erasure deletes rows. The worker runs erasures."""
KEPT_OURS: Final = ERASED_OURS._replace(worker="raw")
KEPT: Final = ERASED._replace(worker="raw")
"""Rights on tables from which no rows are deleted."""
APPEND_ONLY: Final = Rights("", "ra", "ra", "ra", "ra")
"""Rights on append-only tables. A trigger restricts the worker's updates to blanking columns in an erasure."""
