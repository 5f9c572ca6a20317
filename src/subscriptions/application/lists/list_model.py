"""A list, declared once: what it is read from, its columns, filters and orders, and who may see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from subscriptions.application.lists.columns import Column, Face, Sort
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.ports.repositories.views import Row


@dataclass(frozen=True)
class Filter:
    """A question that narrows a list down. name: in an address, and its words under `filter.{name}`.

    sql: a condition on `:value`, or on `:like`, which has the value with anything around it; `:named(alias)` stands for
    the name of a customer, `:found(customers)` for all that customers are found by. choices: values that are conditions
    themselves; values: those that are compared, where it is no free text; offers: `plans` or `providers`, where they
    are read when the filter is shown. kind: `text`, `date`, `number` or `uuid`. words: the table of words for its
    values. faces: who may ask it. description: what programs are told of it.
    """

    name: str
    sql: str = ""
    choices: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    values: Sequence[str] = field(default=(), kw_only=True)
    offers: str = field(default="", kw_only=True)
    kind: str = field(default="text", kw_only=True)
    words: str = field(default="", kw_only=True)
    faces: Face = field(default=Face.STAFF, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    def finds_people(self) -> bool:
        """Return True if the condition looks for customers: `:named(alias)` or `:found(customers)` stands in it."""
        return ":named(" in self.sql or ":found(" in self.sql

    @property
    def fixed_values(self) -> Sequence[str]:
        """The values that it may have; none for a free text."""
        return tuple(self.choices) or tuple(self.values)


@dataclass(frozen=True, kw_only=True)
class ForPrograms:
    """How programs have a list. item: what one entry is called in their description; summary: what the list is.

    ability: what a key has to be able to. sort: their order, the largest first unless `is_descending` is false.
    is_paged: whether it is told page by page.
    """

    item: str
    summary: str
    ability: Ability
    sort: Sort
    is_descending: bool = True
    is_paged: bool = True


@dataclass(frozen=True, kw_only=True)
class ListModel:
    """One list. tables: what it is read from; key: what names a row and tells rows of one place apart, with its type.

    sort: the order in which it begins; is_descending: the largest first. more: cells that only what is offered at a row
    reads. acts: which acts of staff a row offers as it stands, by name; begin: those that make another. programs: None
    where programs do not have it. section: of the console's menu, for a list of a feature.
    """

    name: str
    permission: Permission
    section: MenuSection | None = None
    tables: str
    key: tuple[str, str]
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    sort: Sort
    is_descending: bool = True
    more: Mapping[str, str] = field(default_factory=dict)
    acts: Callable[[Row], Sequence[str]] = field(default=lambda _: ())
    begin: Sequence[str] = ()
    programs: ForPrograms | None = None

    def columns_for(self, face: Face) -> Sequence[Column]:
        """Return the columns that a face has."""
        return [each for each in self.columns if each.faces & face]

    def filters_for(self, face: Face) -> Mapping[str, Filter]:
        """Return the filters that a face has, by name."""
        return {each.name: each for each in self.filters if each.faces & face}

    @property
    def sorts(self) -> Mapping[str, Sort]:
        """The orders that staff may choose from, by name."""
        return {each.name: each for each in (self.sort, *(column.sort for column in self.columns if column.sort))}

    def to_record(self, row: Row, face: Face) -> Mapping[str, object]:
        """Return a row as programs have it."""
        return {name: value for each in self.columns_for(face) for name, value in each.values(row).items()}


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which part of a list. filters: by name, as typed; cursor: the place and the tie of the row that the page before
    ended with. offset: how many rows to leave out. row: the one that is asked for, by what names it."""

    face: Face
    filters: Mapping[str, str]
    sort: Sort
    is_descending: bool
    cursor: tuple[str, str] | None = None
    offset: int = 0
    row: str = ""


class Lists(Protocol):
    """Reads lists. Each question raises RetryLater."""

    async def skip(self, row: Unreadable) -> None:
        """Tell the owners of a row that cannot be read and is left out."""
        ...

    async def rows(self, model: ListModel, query: Query, limit: int) -> Sequence[Row]:
        """Return part of a list, money as Money: `id` names a row; `place` and `tie` say where it stands.

        Raises InvalidInput for a place or a filter that cannot be read.
        """
        ...

    async def count(self, model: ListModel, query: Query, limit: int) -> int:
        """Return how many rows a list has, wherever the query begins; counting stops at `limit`.

        Raises InvalidInput for a filter that cannot be read.
        """
        ...

    async def search(self, words: str, limit: int) -> Sequence[Row]:
        """Return customers by whatever of theirs somebody has in hand; `by` says what fitted."""
        ...

    async def summary(self, day_start: datetime, now: datetime) -> Row:
        """Return what waits for a person, and what happened since today began: counts by name."""
        ...

    async def takings(self, spans: Sequence[tuple[datetime, datetime]]) -> Sequence[Mapping[str, int]]:
        """Return what came in within each span, in minor units by currency; what went back is not taken off."""
        ...
