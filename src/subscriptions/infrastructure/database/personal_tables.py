"""List of all personal data, built from the declarations on tables and columns (`tables/personal.py`).

The export, the erasure and a page of the documentation are based on this list. A test checks that every column of the
database is declared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Interval, Table, Uuid

from subscriptions.infrastructure.database.tables import metadata
from subscriptions.infrastructure.database.tables.foreign import foreign
from subscriptions.infrastructure.database.tables.personal import KINDS, Person

_BY_ITSELF: Final = (Boolean, Integer, Interval, DateTime, Date, Uuid)
"""Column types that contain only our keys, states and times and therefore need no declaration. BigInteger does need
one, because it may contain a person's Telegram id.
"""


def kind(column: Column[Any]) -> str | None:
    """Return the kind of data in a column: one of KINDS or `ours`; None if a required declaration is missing."""
    by_itself = column.foreign_keys or (isinstance(column.type, _BY_ITSELF) and not isinstance(column.type, BigInteger))
    declared_kind: str | None = column.info.get("holds", "technical" if by_itself else None)
    return declared_kind


@dataclass(frozen=True)
class PersonalTable:
    """Table with rows about people."""

    source: Table

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.source.name

    @property
    def person(self) -> Person:
        """Declaration of the table's rows about people."""
        declaration: Person = self.source.info["person"]
        return declaration

    @cached_property
    def by_kind(self) -> Mapping[str, list[str]]:
        """Names of the columns, keyed by the kind of their data."""
        columns = {each: [column.name for column in self.source.c if kind(column) == each] for each in KINDS}
        return {each: names for each, names in columns.items() if names}

    @property
    def export_columns(self) -> list[str]:
        """Names of the columns that are exported to the person."""
        return [name for each, names in self.by_kind.items() if each != "others" for name in names]

    @property
    def blank(self) -> Mapping[str, str]:
        """SQL value that an erasure writes, keyed by column."""
        return {column.name: column.info["erased"] for column in self.source.c if "erased" in column.info}


TABLES: Final = {table.name: table for schema in (metadata, foreign) for table in schema.tables.values()}
"""All tables of the database, keyed by name."""
PERSONAL: Final = {name: table for name, table in TABLES.items() if table.info.get("person")}


def _depends_on(table: Table) -> list[str]:
    """Return the other tables with rows about people that this table references or that its conditions mention."""
    declaration: Person = table.info["person"]
    words = {key.column.table.name for key in table.foreign_keys} | set(
        re.findall(r"\w+", declaration.whose + declaration.scope)
    )
    return sorted(words & PERSONAL.keys() - {table.name})


_ORDER: Final = TopologicalSorter({name: _depends_on(table) for name, table in PERSONAL.items()}).static_order()
PERSONAL_TABLES: Final = tuple(reversed([PersonalTable(PERSONAL[name]) for name in _ORDER]))
"""Tables with rows about people, in the order of the erasure: a table whose rows are found through another table comes
before that table.
"""
