"""Declaration of a list: tables, columns, filters and sort orders, and the permission required to see the list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from subscriptions.application.lists.columns import Column, Interface, Sort
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput, Unreadable
from subscriptions.domain.ports.repositories.views import Row

_MOST_NAMED: Final = 20


@dataclass(frozen=True)
class Filter:
    """Filter of a list.

    name: name in a URL; the texts are under `filter.{name}`
    sql: condition on `:value`, or on `:like`, which matches the value anywhere. `:named(alias)` expands to a condition
        on the customer's name, and `:found(customers)` to a condition on all data by which customers can be searched.
    choices: values that have their own conditions
    values: allowed values; empty for free text
    offers: `plans`, `providers` or `tags`, the values to load as choices when the filter is shown
    kind: `text`, `date`, `number`, `uuid` or `currency`
    words: table of texts for the filter's values
    interfaces: interfaces that offer the filter
    description: description for programs
    """

    name: str
    sql: str = ""
    choices: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    values: Sequence[str] = field(default=(), kw_only=True)
    offers: str = field(default="", kw_only=True)
    kind: str = field(default="text", kw_only=True)
    words: str = field(default="", kw_only=True)
    interfaces: Interface = field(default=Interface.STAFF, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    def finds_people(self) -> bool:
        """Return True if the condition searches customers by `:named(alias)` or `:found(customers)`."""
        return ":named(" in self.sql or ":found(" in self.sql

    @property
    def fixed_values(self) -> Sequence[str]:
        """Return the allowed values; empty for free text."""
        return tuple(self.choices) or tuple(self.values)


def unknown_value(name: str, existing_values: Sequence[str]) -> InvalidInput:
    """Return the error about a filter's value that does not exist. It names the existing values."""
    known = ", ".join([*existing_values[:_MOST_NAMED], *(["…"] if len(existing_values) > _MOST_NAMED else [])])
    problem = phrase(f"must be one of: {known}", f"tiene que ser uno de estos: {known}")
    return InvalidInput(name, problem if known else phrase("has no values yet", "no tiene valores todavía"))


@dataclass(frozen=True, kw_only=True)
class ForPrograms:
    """Declaration of how programs read a list.

    item: name of one entry in the API description
    summary: summary of the list
    ability: permission that an API key needs
    sort: sort order, descending unless `is_descending` is false
    is_paged: True if the list is returned page by page
    """

    item: str
    summary: str
    ability: Ability
    sort: Sort
    is_descending: bool = True
    is_paged: bool = True


@dataclass(frozen=True, kw_only=True)
class ListModel:
    """Declaration of a list.

    tables: SQL of the list's tables
    key: expression, with its type, that identifies a row and orders rows with equal sort values
    sort: default sort order
    is_descending: True if the default sort order is descending
    more: SQL of cells that only the staff commands of a row need
    commands: function that returns the names of the staff commands for a row
    begin: names of the staff commands that create another row
    programs: None if programs cannot read the list
    section: section of the console's menu, for a list of a feature
    tab: tab of the section that the list shares with other pages; empty if the list has its own tab
    """

    name: str
    permission: Permission
    section: MenuSection | None = None
    tab: str = ""
    tables: str
    key: tuple[str, str]
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    sort: Sort
    is_descending: bool = True
    more: Mapping[str, str] = field(default_factory=dict)
    commands: Callable[[Row], Sequence[str]] = field(default=lambda _: ())
    begin: Sequence[str] = ()
    programs: ForPrograms | None = None

    def columns_for(self, interface: Interface) -> Sequence[Column]:
        """Return the columns for an interface."""
        return [each for each in self.columns if each.interfaces & interface]

    def filters_for(self, interface: Interface) -> Mapping[str, Filter]:
        """Return the filters for an interface, keyed by name."""
        return {each.name: each for each in self.filters if each.interfaces & interface}

    @property
    def sorts(self) -> Mapping[str, Sort]:
        """Return the sort orders that staff can choose, keyed by name, including the default one."""
        return {each.name: each for each in (self.sort, *(column.sort for column in self.columns if column.sort))}

    def to_record(self, row: Row, interface: Interface) -> Mapping[str, object]:
        """Return a row as the mapping that programs receive, either through the API or in webhook events."""
        return {name: value for each in self.columns_for(interface) for name, value in each.values(row).items()}


@dataclass(frozen=True, kw_only=True)
class Query:
    """Query for a part of a list.

    interface: interface for which the columns are read
    filters: parsed values, keyed by name
    cursor: sort value and key of the previous page's last row; None for the first page
    offset: number of rows to skip
    row: key of the only row to return; empty to return all matching rows
    """

    interface: Interface
    filters: Mapping[str, str]
    sort: Sort
    is_descending: bool
    cursor: tuple[str, str] | None = None
    offset: int = 0
    row: str = ""


class Lists(Protocol):
    """Port that reads lists. Every method raises RetryLater."""

    async def skip(self, row: Unreadable) -> None:
        """Alert the owners about a row that cannot be read and is omitted from a list."""
        ...

    async def rows(self, model: ListModel, query: Query, limit: int) -> Sequence[Row]:
        """Return a part of a list, with amounts as Money.

        The cell `id` identifies a row; `place` and `tie` contain its sort value and key. Raises InvalidInput for a
        cursor or filter that cannot be parsed.
        """
        ...

    async def count(self, model: ListModel, query: Query, limit: int) -> int:
        """Return the number of rows of the whole list; counting stops at `limit`. Raises InvalidInput for a filter that
        can't be parsed.
        """
        ...

    async def search(self, words: str, limit: int) -> Sequence[Row]:
        """Return the customers who match a search in any of their data. The cell `by` names the data that matched."""
        ...

    async def summary(self, day_start: datetime, now: datetime) -> Row:
        """Return the counts for the console's page Today, keyed by name: open tasks, and the activity since the start
        of the day.
        """
        ...

    async def takings(self, spans: Sequence[tuple[datetime, datetime]]) -> Sequence[Mapping[str, int]]:
        """Return the revenue in each time span, in minor units keyed by currency, without subtracting refunds."""
        ...
