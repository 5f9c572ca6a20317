"""Generator of the table with the rights of each database login, as declared in `grants`, and with the alarms that
report misuse. The table is written to docs/security.md and docs/es/security.md: `python -m scripts.logins_table`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.document_section import with_section
from subscriptions.application.alarms.watch_rows import RowsAdded, RowsDeleted
from subscriptions.infrastructure.database.grants import PROCESSES, addition_triggers, deletion_triggers, tables

_DOCS: Final = Path(__file__).parent.parent / "docs"
BEGIN: Final = "<!-- written by scripts/logins_table.py: what each login writes -->"
END: Final = "<!-- end of what is written -->"
SIGNS: Final = {"a": "+", "w": "~", "d": "−"}
"""Symbols for the rights to add, change and delete rows."""

REPORTED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "customers": ("owners_differ",),
    "due_jobs": ("job_unsigned", "refund_idle", "work_overdue"),
    "notifications": ("messages_undelivered",),
    "payment_keys": ("payment_keys_changed",),
    "pgqueuer": ("job_unsigned", "messages_undelivered", "payment_event_stuck", "refund_idle", "work_overdue"),
    "refund_requests": ("refund_idle",),
    "variables": ("owners_differ",),
    "webhook_inbox": ("payment_event_stuck",),
}
"""Alarms that the worker raises within an hour about rows that no use case wrote or deleted, keyed by table. A test
forges or deletes a row for each alarm. `alarms_of` adds the alarms about recorded rows. In other tables, added or
changed rows are visible only in lists.
"""


@dataclass(frozen=True)
class Tongue:
    """One language version of the security page: the document, and the texts of the table in its language."""

    document: Path
    table: str
    alarm: str
    console: str


ENGLISH: Final = Tongue(_DOCS / "security.md", "table", "alarm within the hour", "console")
SPANISH: Final = Tongue(_DOCS / "es" / "security.md", "tabla", "alarma en menos de una hora", "consola")


def written_by(table: str, process: str) -> Mapping[str, tuple[str, ...]]:
    """Return the rights of a process on a table: for each of `a`, `w` and `d`, the permitted columns; an empty tuple
    means the whole row.
    """
    found = dict[str, tuple[str, ...]]()
    for group in getattr(tables()[table], process).split():
        letters, _, columns = group.partition(":")
        found |= {letter: tuple(columns.split(",")) if columns else () for letter in letters if letter in SIGNS}
    return found


def _cell(table: str, process: str) -> str:
    rights = written_by(table, process)
    signs = "".join(SIGNS[letter] for letter, columns in rights.items() if not columns)
    some = [f"{SIGNS[letter]} `{'`, `'.join(columns)}`" for letter, columns in rights.items() if columns]
    return " ".join([*([signs] if signs else []), *some]) or "–"


def alarms_of(table: str) -> tuple[str, ...]:
    """Return the alarms about rows of a table, including those about additions and deletions that the database
    records.
    """
    recorded = (
        *((RowsAdded.name,) if table in addition_triggers() else ()),
        *((RowsDeleted.name,) if table in deletion_triggers() else ()),
    )
    return (*REPORTED_BY.get(table, ()), *recorded)


def _rows() -> Iterator[tuple[str, ...]]:
    for table in sorted(tables()):
        cells = [_cell(table, process) for process in PROCESSES]
        if any(cell != "–" for cell in cells):
            alarms = ", ".join(f"`{name}`" for name in alarms_of(table))
            yield (f"`{table}`", *cells, alarms or "–")


def table(tongue: Tongue) -> str:
    """Return the table as Markdown. It contains every database table that a login may write."""
    names = [tongue.console if process == "console" else process for process in PROCESSES]
    head = (tongue.table, *names, tongue.alarm)
    lines = [head, ["---"] * len(head), *_rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(tongue: Tongue) -> str:
    """Return the document's text with the current table."""
    return with_section(tongue.document, BEGIN, END, table(tongue))


if __name__ == "__main__":
    for each in (ENGLISH, SPANISH):
        each.document.write_text(written(each), encoding="utf-8")
