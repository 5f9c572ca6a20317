"""Content of the console's statistics page: charts with their tables, the filters in the URL, and the export of a table
as a file.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, TypeVar

from features.figures.domain.figures import Part
from features.figures.use_cases.see_figures import MONTHS, SeeFigures
from features.figures.web.charts import Chart
from features.figures.wiring import figures_of
from subscriptions.application.lists.list_model import Filter, unknown_value
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import choices, csv_line
from web.console.visit import Visit
from web.console.words import Words

T = TypeVar("T")


class Code(str):
    """Table cell that is exported to files as a code and shown on pages as a name."""

    name: str

    def __new__(cls, code: str, name: str) -> "Code":
        """Create the cell from a code and its display name."""
        made_code = super().__new__(cls, code)
        made_code.name = name
        return made_code


Cell = str | int | float | Money | datetime | timedelta | Fraction | None
"""Value of a table cell. A datetime is shown as a month, a fraction as a percentage."""
PREVIOUS: Final = "previous"
YEAR: Final = "year"
NOTHING: Final = "none"
SPAN: Final = Filter("months", values=("1", "3", "12", "24", "36"), words="months")
COMPARE: Final = Filter("compare", values=(PREVIOUS, YEAR, NOTHING), words="compare")
PLAN: Final = Filter("plan", offers="plans")
PROVIDER: Final = Filter("provider", offers="providers")
CURRENCY: Final = Filter("currency")
DEFAULTS: Final = {SPAN.name: str(MONTHS), COMPARE.name: PREVIOUS}
"""Default values of the filters that always have a value."""


@dataclass(frozen=True)
class Sheet:
    """Table of a report.

    name: key of its title under `sheet.{name}`, and part of the file's URL. columns: keys of the column titles under
    `column.{name}`; the part after `#` is a number inserted into the title.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Report:
    """Content of a report. at: time of the calculation. currencies: choices of the currency filter."""

    at: datetime
    sheets: Sequence[Sheet]
    charts: Sequence[Chart] = ()
    currencies: Sequence[str] = ()


@dataclass(frozen=True)
class FigureRequest:
    """Filters from the URL.

    months: number of months, including the current one. shift: number of months between the compared period and the
    current one. compares: True if a period is compared. currency: empty for all currencies. refresh: True to calculate
    the
    figures now.
    """

    months: int
    shift: int
    compares: bool
    part: Part
    currency: str
    refresh: bool

    @property
    def asked(self) -> int:
        """Return the number of months to calculate: those of the period and of the compared period."""
        return self.months + self.shift

    def now(self, lines: Sequence[T]) -> Sequence[T]:
        """Return the lines of the period. lines: one line for each calculated month."""
        return lines[self.shift :]

    def before(self, lines: Sequence[T]) -> Sequence[T]:
        """Return the lines of the compared period; none if no period is compared. lines: as in `now`."""
        return lines[: self.months] if self.compares else ()


Draw = Callable[[Visit, FigureRequest], Awaitable[Report]]
"""Function that returns a report for the given filters."""


@dataclass(frozen=True)
class View:
    """Tab of the statistics page. name: key of its title under `view.{name}`. reports: name, function and required
    permission of each report; the report's title is under `report.{name}`.
    """

    name: str
    reports: Sequence[tuple[str, Draw, Permission]]
    filters: Sequence[Filter]

    def of(self, visit: Visit) -> Sequence[tuple[str, Draw]]:
        """Return the reports that the staff member may see, each as its name and its function."""
        return [(name, draw) for name, draw, permission in self.reports if visit.may(permission)]


def view(name: str, filters: Sequence[Filter], *reports: tuple[str, Draw, Permission]) -> View:
    """Return a tab of the statistics page. reports: name, function and required permission of each report."""
    return View(name, reports, filters)


SEES: Final = StaffAction.SEE_NUMBERS


def see_figures(visit: Visit) -> SeeFigures:
    """Return the use case that reads the figures."""
    use_case: SeeFigures = figures_of(visit.use.core).see_figures()
    return use_case


async def request_of(visit: Visit, filters: Sequence[Filter]) -> FigureRequest:
    """Parse the filters from the URL. Raises InvalidInput for a value that is not among the choices."""
    for each in filters:
        text = visit.query(each.name)
        values = [value for value, _ in await choices(visit, each)] if text and each is not CURRENCY else [text]
        if text not in values:
            raise unknown_value(each.name, values)
    plan_name = visit.query("plan") if PLAN in filters else ""
    service_plans = await visit.use.pricing().get_all_plans(active_only=False) if plan_name else ()
    months = int(visit.query(SPAN.name) or MONTHS)
    compared = visit.query(COMPARE.name) or PREVIOUS
    return FigureRequest(
        months=months,
        shift=MONTHS if compared == YEAR else months,
        compares=compared != NOTHING,
        part=Part(
            plan_id=next((plan.id for plan in service_plans if plan.soft_id == plan_name), None),
            provider=visit.query("provider") if PROVIDER in filters else "",
        ),
        currency=visit.query("currency").upper()[:3],
        refresh=visit.query("now") == "1",
    )


def share_of(part: int, whole: int) -> Fraction | None:
    """Return the part as a share of the whole, or None if the whole is zero."""
    return Fraction(part, whole) if whole > 0 else None


def title_of(words: Words, column: str) -> str:
    """Return the title of a column."""
    name, _, number = column.partition("#")
    return words(f"column.{name}", n=number)


def meanings_of(words: Words, columns: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Return the title and the explanation of each column that has an explanation."""
    return [(title_of(words, each), words(f"meaning.{each}")) for each in columns if words.has(f"meaning.{each}")]


def format_cell(words: Words, value: Cell) -> str:
    """Return a cell's value formatted for a page."""
    if isinstance(value, datetime):
        return words.month(value, "MMM y")
    if isinstance(value, timedelta):
        return words.took(value)
    if isinstance(value, Fraction):
        return words.share(value)
    if isinstance(value, int | float):
        return words.number(value)
    if isinstance(value, Code):
        return value.name
    return "" if value is None else str(words.in_language(value))


def is_numeric(rows: Sequence[Sequence[Cell]], index: int) -> bool:
    """Return True if a column contains numbers, even if its first cell is empty."""
    return any(isinstance(row[index], int | float | Money | timedelta | Fraction) for row in rows)


def file_lines(sheet: Sheet) -> Sequence[str]:
    """Return the lines of a table, formatted for export as a file."""
    money = [index for index, cell in enumerate(sheet.rows[0] if sheet.rows else ()) if isinstance(cell, Money)]
    more = ["currency"] if money and "currency" not in sheet.columns else []
    lines = ["\ufeff" + csv_line([*(column.replace("#", "_") for column in sheet.columns), *more])]
    for row in sheet.rows:
        amount = row[money[0]] if money else None
        currency = [amount.currency] if more and isinstance(amount, Money) else []
        lines.append(csv_line([*(_plain(cell) for cell in row), *currency]))
    return lines


def _plain(value: Cell) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m}"
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, Fraction):
        return f"{float(value):.4f}"
    if isinstance(value, float):
        return f"{value:.1f}"
    return value.decimal if isinstance(value, Money) else value
