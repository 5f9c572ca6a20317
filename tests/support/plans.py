"""Query plans that PostgreSQL would choose if the tables were large."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import asyncpg

GROWING: Final = (
    "accesses", "audit_log", "bot_updates", "broadcast_deliveries", "channel_invites", "checkout_attempts",
    "customers", "ledger_entries", "notifications", "orders", "payments", "pick_deliveries", "picks", "receipts",
    "refunds", "subscriptions", "telegram_channels", "webhook_inbox",
)  # fmt: skip
BEGINS: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
_SCAN: Final = re.compile(r"(?:(?:Index(?: Only)? Scan(?: Backward)? using (?P<index>\w+)|Seq Scan) on (?P<table>\w+))")


async def read_through(url: str, asked: Mapping[str, Sequence[Any]], *, paged: bool = True) -> list[str]:
    """Return the statements that would read a growing table completely because no index supports their condition, with
    their query plans.

    With few rows, PostgreSQL chooses sequential scans everywhere. If they are disabled, the query plan shows where one
    would still be necessary. asked: statements with their parameters. paged: True if a LIMIT is the page size of a
    list, for which an index in the list's order is sufficient. Otherwise a LIMIT only bounds a batch, and a condition
    without an index may read the whole table.
    """
    connection, found = await asyncpg.connect(url), list[str]()
    try:
        await as_if_large(connection)
        partial = await connection.fetch("SELECT indexname FROM pg_indexes WHERE indexdef ~ ' WHERE '")
        of_few = {row[0] for row in partial} if paged else set[str]()
        for statement, given in asked.items():
            if BEGINS.match(statement):
                plan = [row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) {statement}", *given)]
                if _reads_through(plan, of_few, paged):
                    found.append("\n".join([statement, *plan]))
    finally:
        await connection.close()
    return found


async def as_if_large(connection: asyncpg.Connection) -> None:
    """Make PostgreSQL plan statements on this connection as if the growing tables were large."""
    # These are the statistics of a table that was never analysed. For a table known to be small, PostgreSQL would
    # choose any scan.
    await connection.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = ANY($1)", GROWING)
    for way in ("seqscan", "hashjoin", "mergejoin"):
        await connection.execute(f"SET enable_{way} = off")


def _reads_through(plan: Sequence[str], of_few: Collection[str], paged: bool) -> bool:
    """Return True if the query plan reads a growing table completely.

    of_few: partial indexes, which may be read completely.
    paged: True to permit a scan of any index that a LIMIT ends early.
    """
    for before, line, after in zip(["", *plan], plan, [*plan[1:], ""], strict=False):
        scan = _SCAN.search(line)
        if scan is None or scan["table"] not in GROWING:
            continue
        index = scan["index"]
        ends_soon = paged and "Limit" in before
        if index is None or (index not in of_few and "Index Cond" not in after and not ends_soon):
            return True
    return False
