"""Console pages of statistics: charts with their tables, filters in the URL, and a file of each table."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from features.figures.domain.figures import Part
from features.figures.use_cases.see_figures import MONTHS, SeeFigures
from features.figures.wiring import figures_of
from subscriptions.application.lists.list_model import Filter
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.drawing import Series, chart
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import choices, csv_line
from web.console.visit import Page, PageGone, Visit
from web.console.words import Words


class Code(str):
    """Table cell that is written as a code in files and shown as a name on pages."""

    name: str

    def __new__(cls, code: str, name: str) -> "Code":
        """Return the code together with its display name."""
        made_code = super().__new__(cls, code)
        made_code.name = name
        return made_code


Cell = str | int | float | Money | datetime | timedelta | Fraction | None
"""Value of a table cell. A datetime is shown as a month, a fraction as a percentage."""
SPAN: Final = Filter("months", values=("1", "3", "12", "24", "36"), words="months")
PLAN: Final = Filter("plan", offers="plans")
PROVIDER: Final = Filter("provider", offers="providers")
CURRENCY: Final = Filter("currency")
MARKS: Final = 6
"""Maximum number of labels on a chart's axis."""


@dataclass(frozen=True)
class Sheet:
    """Table of a statistics page.

    name: key of its title under `sheet.{name}`, and part of the file's URL. columns: keys of the column titles under
    `column.{name}`; the part after `#` is a number inserted into the title.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Report:
    """Content of a statistics page. at: time of the calculation. currencies: choices of the currency filter."""

    at: datetime
    sheets: Sequence[Sheet]
    charts: Sequence[str] = ()
    currencies: Sequence[str] = ()


@dataclass(frozen=True)
class FigureRequest:
    """Filters from the URL. currency: empty for all currencies. refresh: True to recalculate the figures now."""

    months: int
    part: Part
    currency: str
    refresh: bool


def see_figures(visit: Visit) -> SeeFigures:
    """Return the use case that reads the figures."""
    use_case: SeeFigures = figures_of(visit.use.core).see_figures()
    return use_case


def figure_page(
    name: str,
    draw: Callable[[Visit, FigureRequest], Awaitable[Report]],
    filters: Sequence[Filter] = (SPAN, PLAN, PROVIDER, CURRENCY),
    action: Permission = StaffAction.SEE_NUMBERS,
) -> Page:
    """Return a page of statistics for `PAGES`.

    draw: function that returns the content for the given filters.
    """

    async def show(visit: Visit) -> Mapping[str, Any]:
        request = await _request_of(visit, filters)
        report = await draw(visit, request)
        choices_by_name = {each.name: await choices(visit, each) for each in filters}
        choices_by_name["currency"] = [(each, each) for each in sorted({*report.currencies, request.currency} - {""})]
        return {
            "drawn": report,
            "filters": filters,
            "choices": choices_by_name,
            "asked": {each.name: visit.query(each.name) for each in filters} | {"months": str(request.months)},
            "filtered": any(visit.query(each.name) for each in filters),
            "cell": lambda value: format_cell(visit.words, value),
            "title": lambda column: title_of(visit.words, column),
            "meanings": lambda columns: _meanings(visit.words, columns),
            "numeric": _is_numeric,
        }

    async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
        request = await _request_of(visit, filters)
        await see_figures(visit).note_export(visit.who, name, {each.name: visit.query(each.name) for each in filters})
        sheets = {sheet.name: sheet for sheet in (await draw(visit, request)).sheets}
        sheet = sheets.get(visit.query("sheet", next(iter(sheets))))
        if sheet is None:
            raise PageGone("no such table")
        return f"{sheet.name}-{visit.now:%Y-%m-%d}.csv", _lines(sheet)

    return Page(name, f"/{name}", "figures.html", action, show, MenuSection.FIGURES, file=write)


async def _request_of(visit: Visit, filters: Sequence[Filter]) -> FigureRequest:
    """Parse the filters from the URL. Raises InvalidInput for a value that is not among the choices."""
    for each in filters:
        text = visit.query(each.name)
        if text and each is not CURRENCY and text not in {value for value, _ in await choices(visit, each)}:
            raise InvalidInput(each.name, "is one of the choices")
    plan_name = visit.query("plan")
    service_plans = await visit.use.pricing().get_all_plans(active_only=False) if plan_name else ()
    return FigureRequest(
        months=int(visit.query("months") or MONTHS) if SPAN in filters else MONTHS,
        part=Part(
            plan_id=next((plan.id for plan in service_plans if plan.soft_id == plan_name), None),
            provider=visit.query("provider"),
        ),
        currency=visit.query("currency").upper()[:3],
        refresh=visit.query("now") == "1",
    )


def share_of(part: int, whole: int) -> Fraction | None:
    """Return the part as a share of the whole, or None if the whole is zero."""
    return Fraction(part, whole) if whole > 0 else None


def drawn_chart(words: Words, series: Sequence[Series], months: Sequence[datetime]) -> str:
    """Return a chart over months, labelled so that the newest month has a label. The chart contains only numbers and
    escaped texts.
    """
    every = max(-(-len(months) // MARKS), 1)
    marks = [
        "" if (len(months) - 1 - place) % every else words.month(month, "MMM" if len(months) <= MONTHS else "MMM yy")
        for place, month in enumerate(months)
    ]
    return chart_of(series, marks)


def chart_of(series: Sequence[Series], marks: Sequence[str]) -> str:
    """Return a chart with arbitrary axis labels."""
    return chart(series, marks, description=" · ".join(each.title for each in series))


def title_of(words: Words, column: str) -> str:
    """Return the title of a column."""
    name, _, number = column.partition("#")
    return words(f"column.{name}", n=number)


def _meanings(words: Words, columns: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Return the explanations of the columns that have one, with the columns' titles."""
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


def _is_numeric(rows: Sequence[Sequence[Cell]], place: int) -> bool:
    """Return True if a column contains numbers, even if its first cell is empty."""
    return any(isinstance(row[place], int | float | Money | timedelta | Fraction) for row in rows)


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


async def _lines(sheet: Sheet) -> AsyncIterator[str]:
    money = [place for place, cell in enumerate(sheet.rows[0] if sheet.rows else ()) if isinstance(cell, Money)]
    more = ["currency"] if money and "currency" not in sheet.columns else []
    yield "\ufeff" + csv_line([*(column.replace("#", "_") for column in sheet.columns), *more])
    for row in sheet.rows:
        amount = row[money[0]] if money else None
        currency = [amount.currency] if more and isinstance(amount, Money) else []
        yield csv_line([*(_plain(cell) for cell in row), *currency])
