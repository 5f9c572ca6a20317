"""Start page of the console: open tasks, today's figures compared with usual days, and the latest sales."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.application.lists.columns import Column, money_of
from subscriptions.application.lists.read_lists import View
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.spans import day_edges
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.pages.watch import acts_of, leads_of
from web.console.visit import ROOT, Page, Visit

TASKS: Final[Sequence[tuple[str, str, Permission]]] = (
    ("alarms", "/alarms?state=open", StaffAction.SEE_ALARMS),
    ("questions", "/questions?state=waiting", StaffAction.ANSWER_QUESTIONS),
    ("flagged", "/payments?state=flagged", StaffAction.SEE_CUSTOMERS),
    ("disputes", "/payments?state=disputed_open", StaffAction.SEE_CUSTOMERS),
    ("doors", "/customers?state=shut_out", StaffAction.SEE_CUSTOMERS),
    ("unsold", "/plans?state=unsold", StaffAction.SEE_PLANS),
    ("webhooks", "/webhooks?status=parked", StaffAction.SEE_WORK),
    ("jobs", "/jobs?status=failed", StaffAction.SEE_WORK),
    ("accounts", "/accounts?state=troubled", StaffAction.SEE_ACCOUNTS),
)
"""Kinds of tasks, each with the page that lists the tasks and the permission required to see them."""
GLANCE: Final[Sequence[tuple[str, str]]] = (
    ("arrived", "/customers?since={today}"),
    ("began", "/subscriptions?state=gave_access&since={today}"),
    ("renewed", "/payments?state=renewal&status=captured&since={today}"),
    ("paying", "/orders?state=paying"),
    ("joined", "/customers?joined={today}"),
    ("ended", "/subscriptions?state=gave_access&ended={today}"),
    ("live", "/subscriptions?state=live"),
    ("ending", "/subscriptions?state=ending"),
)


ALARMS: Final = 5
SALES: Final = 5
SALE_COLUMNS: Final[Sequence[Column]] = [
    each for each in LISTS["payments"].columns if each.name in {"customer", "amount", "plan", "status", "occurred_at"}
]
"""Columns of the latest sales, a subset of the columns of the list of payments."""


async def today(visit: Visit) -> Mapping[str, Any]:
    """Return the open tasks with links to their pages, followed by today's figures."""
    began, _ = day_edges(visit.now, visit.zone, 1)
    lists = visit.use.lists()
    # Read alarms before counting the tasks, because reading closes alarms whose cause no longer exists.
    open_alarms = await visit.use.alarms().open(visit.who) if visit.may(StaffAction.SEE_ALARMS) else ()
    counts = await lists.summary(visit.who, began)
    tasks = [(name, counts[name], ROOT + path) for name, path, action in TASKS if visit.may(action)]
    if open_alarms and counts["disputes_told"] == counts["disputes"]:
        # All of these disputes are already shown as alarms.
        tasks = [each for each in tasks if each[0] != "disputes"]
    start = f"{began:%Y-%m-%d}"
    return {
        "waiting": [each for each in tasks if each[1]],
        "alarms": [(each, acts_of(visit, each), leads_of(visit, each)) for each in open_alarms[:ALARMS]],
        "glance": [(name, counts[name], ROOT + path.format(today=start)) for name, path in GLANCE],
        "earned": [visit.words.money(each) for each in money_of(counts["earned"])],
        "earned_at": f"{ROOT}/payments?since={start}" if visit.may(StaffAction.SEE_CUSTOMERS) else None,
        "back": [visit.words.money(each) for each in money_of(counts["back"])],
        "usual": [visit.words.money(each) for each in await lists.usual(visit.who, visit.zone)],
        "recurring": await _recurring_revenue(visit),
        "sales": await _sales(visit),
        "sale_columns": SALE_COLUMNS,
        "now": visit.now,
    }


async def _recurring_revenue(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return the monthly recurring revenue by currency, and its change since the beginning of the month."""
    if not visit.may(StaffAction.SEE_NUMBERS):
        return ()
    lines = await visit.use.figures().recurring_now(visit.who) or ()
    return [
        (visit.words.money(each.closing), visit.words.change(each.closing - each.opening))
        for each in lines
        if each.closing.minor or each.opening.minor
    ]


async def _sales(visit: Visit) -> Sequence[Row]:
    model = LISTS["payments"]
    if not visit.may(model.permission):
        return ()
    view = View(model=model, sort=model.sort, is_descending=model.is_descending, filters={}, zone=visit.zone)
    return (await visit.use.lists()(visit.who, view, SALES)).rows


PAGES: Final = (Page("today", "", "today.html", StaffAction.OPEN_CONSOLE, today, MenuSection.TODAY),)
