"""Statistics page of the console, with tabs, a selectable period and a comparison."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from features.figures.web import earning, staying
from features.figures.web.reports import (
    COMPARE,
    CURRENCY,
    DEFAULTS,
    PLAN,
    PROVIDER,
    SEES,
    SPAN,
    Report,
    Sheet,
    View,
    file_lines,
    format_cell,
    is_numeric,
    meanings_of,
    request_of,
    see_figures,
    title_of,
    view,
)
from subscriptions.application.menu import MenuSection
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.frame import HEADERS
from web.console.lists import choices
from web.console.visit import ROOT, Page, PageGone, Visit

PATH: Final = "/figures"
TAB: Final = "tab"
VIEWS: Final[Sequence[View]] = (
    view(
        "money",
        (SPAN, COMPARE, PLAN, PROVIDER, CURRENCY),
        ("revenue", earning.revenue, SEES),
        ("recurring", earning.recurring_revenue, SEES),
    ),
    view(
        "staying",
        (SPAN, COMPARE, PLAN, PROVIDER),
        ("cohorts", staying.cohorts, SEES),
        ("leaving", staying.churn, SEES),
    ),
    view("arriving", (SPAN, COMPARE), ("funnel", staying.funnel, SEES)),
    view(
        "entering",
        (SPAN, COMPARE, PLAN, PROVIDER),
        ("entering", staying.entry_times, SEES),
        ("room", staying.room, StaffAction.SEE_ACCOUNTS),
    ),
)
"""Tabs of the page, in display order."""
FORMER: Final[Mapping[str, tuple[str, str]]] = {
    "recurring": ("money", "measures"),
    "revenue": ("money", "revenue"),
    "cohorts": ("staying", "cohorts"),
    "funnel": ("arriving", "funnel"),
    "leaving": ("staying", "reasons"),
    "entering": ("entering", "entering"),
    "room": ("entering", "room"),
}
"""Former pages with one report each, keyed by name: the tab that replaced the page, and the table that the page
exported as a file.
"""


def _view_of(visit: Visit) -> View:
    name = visit.query(TAB) or VIEWS[0].name
    found = next((each for each in VIEWS if each.name == name), None)
    if found is None:
        raise InvalidInput(TAB, "is one of the tabs")
    return found


async def show(visit: Visit) -> Mapping[str, Any]:
    """Show the reports of a tab for the filters in the URL."""
    words, chosen = visit.words, _view_of(visit)
    request = await request_of(visit, chosen.filters)
    reports: list[tuple[str, Report]] = [(name, await draw(visit, request)) for name, draw in chosen.of(visit)]
    currencies = {currency for _, report in reports for currency in report.currencies}
    choices_by_name = {each.name: await choices(visit, each) for each in chosen.filters}
    choices_by_name[CURRENCY.name] = [(each, each) for each in sorted({*currencies, request.currency} - {""})]
    asked = {each.name: visit.query(each.name) or DEFAULTS.get(each.name, "") for each in chosen.filters}
    return {
        "views": [(each.name, visit.address(**{TAB: each.name, "now": ""})) for each in VIEWS],
        "chosen": chosen.name,
        "reports": reports,
        "at": min((report.at for _, report in reports), default=visit.now),
        "compares": request.compares,
        "filters": chosen.filters,
        "choices": choices_by_name,
        "asked": asked,
        "always": DEFAULTS,
        "filtered": any(visit.query(each.name) for each in chosen.filters),
        "cells": lambda row: [format_cell(words, value) for value in row],
        "title": lambda column: title_of(words, column),
        "meanings": lambda columns: meanings_of(words, columns),
        "numeric": is_numeric,
    }


async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
    """Return a table of a tab as a file: the table named in the URL, or the first one by default."""
    chosen = _view_of(visit)
    request, wanted = await request_of(visit, chosen.filters), visit.query("sheet")
    for name, draw in chosen.of(visit):
        for sheet in (await draw(visit, request)).sheets:
            if wanted in {"", sheet.name}:
                facts = {each.name: visit.query(each.name) for each in chosen.filters}
                await see_figures(visit).note_export(visit.who, name, facts)
                return f"{sheet.name}-{visit.now:%Y-%m-%d}.csv", _pieces(sheet)
    raise PageGone("no such table")


async def _pieces(sheet: Sheet) -> AsyncIterator[str]:
    for line in file_lines(sheet):
        yield line


def _moved(tab: str, sheet: str = "") -> Callable[[Visit], Awaitable[Response]]:
    async def answer(visit: Visit) -> Response:
        more = {"sheet": sheet} if sheet else {}
        values = {**more, **visit.request.query_params, TAB: tab}
        ending = ".csv" if sheet else ""
        return RedirectResponse(f"{ROOT}{PATH}{ending}?{urlencode(values)}", 303, HEADERS)

    return answer


PAGES: Final = (Page("figures", PATH, "figures.html", SEES, show, MenuSection.FIGURES, file=write),)
FILES: Final = {
    **{f"/{name}": _moved(tab) for name, (tab, _) in FORMER.items()},
    **{f"/{name}.csv": _moved(tab, sheet) for name, (tab, sheet) in FORMER.items()},
}
"""Redirects from the former pages and their files to the current page."""
