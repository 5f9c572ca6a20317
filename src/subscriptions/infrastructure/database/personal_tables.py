"""Where data about people lies, drawn from what tables and columns say of it (`tables/personal.py`): by it the export,
the erasure and docs/privacy.md are made, and a test holds that every column of the database says what it is.
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
"""Types that hold keys of ours, states and times. A BigInteger may be somebody's number at Telegram."""


def kind(column: Column[Any]) -> str | None:
    """One of KINDS, `ours`, or None where a column that has to say it does not."""
    by_itself = column.foreign_keys or (isinstance(column.type, _BY_ITSELF) and not isinstance(column.type, BigInteger))
    declared_kind: str | None = column.info.get("holds", "technical" if by_itself else None)
    return declared_kind


@dataclass(frozen=True)
class PersonalTable:
    """One table with rows of people."""

    source: Table

    @property
    def table(self) -> str:
        """Its name."""
        return self.source.name

    @property
    def person(self) -> Person:
        """What it says of them."""
        declaration: Person = self.source.info["person"]
        return declaration

    @cached_property
    def by_kind(self) -> Mapping[str, list[str]]:
        """Its columns, of the kinds it has."""
        columns = {each: [column.name for column in self.source.c if kind(column) == each] for each in KINDS}
        return {each: names for each, names in columns.items() if names}

    @property
    def export_columns(self) -> list[str]:
        """The columns a person is given."""
        return [name for each, names in self.by_kind.items() if each != "others" for name in names]

    @property
    def blank(self) -> Mapping[str, str]:
        """What an erasure overwrites: the SQL value by its column."""
        return {column.name: column.info["erased"] for column in self.source.c if "erased" in column.info}


TABLES: Final = {table.name: table for schema in (metadata, foreign) for table in schema.tables.values()}
"""All of the database, by their names."""
PERSONAL: Final = {name: table for name, table in TABLES.items() if table.info.get("person")}


def _way(table: Table) -> list[str]:
    """The tables of people that this one refers to, or that its rows are found by way of."""
    declaration: Person = table.info["person"]
    words = {key.column.table.name for key in table.foreign_keys} | set(
        re.findall(r"\w+", declaration.whose + declaration.scope)
    )
    return sorted(words & PERSONAL.keys() - {table.name})


_ORDER: Final = TopologicalSorter({name: _way(table) for name, table in PERSONAL.items()}).static_order()
PERSONAL_TABLES: Final = tuple(reversed([PersonalTable(PERSONAL[name]) for name in _ORDER]))
"""In the order of the erasure: what is found by way of another table comes before it."""
