"""Start page of the console: items that need the staff's attention, this month's revenue and members, and access that
ends this week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.application.lists.columns import Column, money_of
from subscriptions.application.lists.read_lists import View
from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.confirm_by_hand import ConfirmPayment
from subscriptions.application.staff.today_tasks import TodayTask, today_buttons, today_tasks
from subscriptions.bootstrap.drawing import Scale, Series, chart
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.spans import day_edges
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.pages.watch import commands_of, leads_of
from web.console.visit import ROOT, Page, Visit
from web.console.words import alarm_words
from web.feature import today_figures

GLANCE: Final[Sequence[tuple[str, str]]] = (
    ("arrived", "/customers?since={today}"),
    ("began", "/subscriptions?state=gave_access&since={today}"),
    ("renewed", "/payments?state=renewal&status=captured&since={today}"),
    ("paying", "/orders?state=paying"),
    ("joined", "/customers?joined={today}"),
    ("ended", "/subscriptions?state=gave_access&ended={today}"),
    ("active", "/subscriptions?state=active"),
    ("ending", "/subscriptions?state=ending"),
)
SHOWN: Final = 5
"""Maximum number of items of one kind on the page; the link above the items leads to the full list."""
SALES: Final = 5
SALE_COLUMNS: Final[Sequence[Column]] = [
    each for each in LISTS["payments"].columns if each.name in {"customer", "amount", "plan", "status", "occurred_at"}
]
"""Columns of the latest sales, a part of the columns of the list of payments."""
MARKS: Final = 6
"""Maximum number of labels on the chart's axis."""
PLAN_NEW: Final = "plan_new"
"""Name of the console's form for a new plan."""


@dataclass(frozen=True, kw_only=True)
class Matter:
    """Item that needs the staff's attention.

    text: description of the item. link: page of the item. customer: id and name of the customer concerned. at: time of
        the item. commands: staff commands with the ids of their subjects, led by the command that resolves the item.
        lead: link and title of a page for resolving the item, shown instead of a command.
    """

    text: str
    link: str
    customer: tuple[str, str] | None = None
    at: datetime | None = None
    commands: Sequence[tuple[str, str]] = ()
    lead: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Items of one kind. count: number of all such items. link: page that lists all of them. matters: first items of
    that list.
    """

    name: str
    count: int
    link: str
    matters: Sequence[Matter] = ()


async def today(visit: Visit) -> Mapping[str, Any]:
    """Show the items that need the staff's attention, this month's figures, and today's activity."""
    began, _ = day_edges(visit.now, visit.zone, 1)
    lists = visit.use.lists()
    # Read before the matters are counted, because reading closes alarms whose cause no longer exists.
    open_alarms = await visit.use.alarms().open(visit.who) if visit.may(StaffAction.SEE_ALARMS) else ()
    counts = await lists.summary(visit.who, began)
    start = f"{began:%Y-%m-%d}"
    return {
        "groups": await _groups(visit, counts, open_alarms),
        "buttons": _buttons(visit),
        "month": await _month(visit),
        "ending": await _ending(visit, counts["ending_soon"]),
        "glance": [(name, counts[name], ROOT + path.format(today=start)) for name, path in GLANCE],
        "earned": [visit.words.money(each) for each in money_of(counts["earned"])],
        "earned_at": f"{ROOT}/payments?since={start}" if visit.may(StaffAction.SEE_CUSTOMERS) else None,
        "back": [visit.words.money(each) for each in money_of(counts["back"])],
        "usual": [visit.words.money(each) for each in await lists.usual(visit.who, visit.zone)],
        "figures": await today_figures(visit),
        "sales": await _sales(visit),
        "sale_columns": SALE_COLUMNS,
        "now": visit.now,
    }


def _buttons(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return the labels and commands that start a new task, such as a broadcast or a new plan."""
    buttons = [(each.name, each.command) for each in today_buttons() if visit.may(COMMANDS[each.command].permission)]
    return [*buttons, *([("plan", PLAN_NEW)] if visit.may(StaffAction.CHANGE_PLANS) else [])]


async def _groups(visit: Visit, counts: Row, open_alarms: Sequence[Alarm]) -> Sequence[Group]:
    groups = []
    if open_alarms:
        matters = [_of_alarm(visit, each) for each in open_alarms[:SHOWN]]
        groups.append(Group(name="alarms", count=counts["alarms"], link=f"{ROOT}/alarms?state=open", matters=matters))
    groups += [group for group in [await _awaited(visit)] if group is not None]
    for task in today_tasks():
        if visit.may(LISTS[task.list_name].permission):
            group = await _of_task(visit, task, counts, open_alarms)
            groups += [group] if group is not None else []
    return groups


def _of_alarm(visit: Visit, alarm: Alarm) -> Matter:
    customer = alarm.facts.get("customer")
    commands = [(name, about) for name, about in commands_of(visit, alarm) if not _is_dangerous(name)]
    name = alarm.facts.get("name")
    return Matter(
        text=alarm_words(visit.words, alarm.kind, alarm.facts)[0],
        link=f"{ROOT}/alarms/{alarm.id}",
        customer=(customer, name) if customer and name else None,
        at=alarm.raised_at,
        commands=commands,
        lead=leads_of(visit, alarm) or (_page_of(visit, customer) if customer else None),
    )


def _page_of(visit: Visit, customer: str) -> tuple[str, str]:
    return f"{ROOT}/customers/{customer}", visit.words("frame.their_page")


def _is_dangerous(command: str) -> bool:
    return command in COMMANDS and COMMANDS[command].is_dangerous


async def _awaited(visit: Visit) -> Group | None:
    """Return the payments that only staff can confirm; None if there are none, or if the staff member may not confirm
    payments.
    """
    if not visit.may(StaffAction.CONFIRM_PAYMENT):
        return None
    awaited = await visit.use.awaited_payments().list_waiting(visit.who, limit=SHOWN + 1)
    matters = [
        Matter(
            text=visit.words("today.task.arrivals", amount=each.amount, plan=each.plan),
            link=f"{ROOT}/arrivals",
            customer=(str(each.customer.id), each.customer.full_name),
            at=each.asked_at,
            commands=[(ConfirmPayment.name, each.id)],
        )
        for each in awaited
        if each.decision is None
    ]
    return Group(name="arrivals", count=0, link=f"{ROOT}/arrivals", matters=matters[:SHOWN]) if matters else None


async def _of_task(visit: Visit, task: TodayTask, counts: Row, open_alarms: Sequence[Alarm]) -> Group | None:
    """Return the items of a task, except items covered by an open alarm; None if no item is left."""
    model, lists = LISTS[task.list_name], visit.use.lists()
    view = View(
        model=model, sort=model.sort, is_descending=model.is_descending, filters=dict(task.filters), zone=visit.zone
    )
    count = counts[task.name] if task.name in counts else await lists.count(visit.who, view)
    if not count:
        return None
    link = f"{ROOT}/{task.list_name}?" + "&".join(f"{name}={value}" for name, value in task.filters.items())
    if not task.is_listed:
        return Group(name=task.name, count=count, link=link)
    rows = (await lists(visit.who, view, SHOWN)).rows
    new_rows = [row for row in rows if not any(_names(alarm, task, row) for alarm in open_alarms)]
    if not new_rows and count <= len(rows):
        return None
    matters = [_of_row(visit, task, row) for row in new_rows]
    return Group(name=task.name, count=count, link=link, matters=matters)


def _names(alarm: Alarm, task: TodayTask, row: Row) -> bool:
    """Return True if the alarm is about the task's row: every fact that the task lists for comparison
    matches the row.
    """
    return bool(task.alarm_facts) and all(
        fact in alarm.facts and (not cell or str(row[cell]) in alarm.facts[fact])
        for fact, cell in task.alarm_facts.items()
    )


def _of_row(visit: Visit, task: TodayTask, row: Row) -> Matter:
    words = visit.words
    facts = {
        name: words.one_of(task.words[name], value) if name in task.words else value for name, value in row.items()
    }
    name = " ".join(filter(None, (row["first_name"], row["last_name"])))
    return Matter(
        text=words(f"today.task.{task.name}", **facts),
        link=ROOT + task.page.format(**row),
        customer=(str(row["customer_id"]), name),
        commands=[(task.command, str(row[task.subject]))] if _is_offered(visit, task) else [],
        lead=_page_of(visit, str(row["customer_id"])),
    )


def _is_offered(visit: Visit, task: TodayTask) -> bool:
    """Return True if the staff member may use the command that resolves the task's items, and the command's feature is
    on. The command's form checks each item itself.
    """
    command, features = COMMANDS.get(task.command), visit.use.core.features()
    return command is not None and visit.may(command.permission) and features.has(command) and features.offers(command)


async def _month(visit: Visit) -> Mapping[str, Any] | None:
    """Return revenue and members of this month and of the same part of the previous month; None without permission to
    see the figures.
    """
    if not visit.may(StaffAction.SEE_NUMBERS):
        return None
    words = visit.words
    month = await visit.use.month()(visit.who, visit.zone)
    values = [each.active for each in month.days]
    series = Series(words("chart.members"), Scale.for_values(values), line=values)
    every = -(-len(month.days) // MARKS)
    last = len(month.days) - 1
    marks = ["" if (last - index) % every else words.month(each.day, "d MMM") for index, each in enumerate(month.days)]
    return {
        "numbers": month,
        "money": [
            (words.money(now), words.money(before), words.change(now - before))
            for now, before in _by_currency(month.revenue, month.revenue_before)
        ],
        "until": words.day(month.until - timedelta(microseconds=1)),
        "payments": f"{ROOT}/payments?since={visit.now.astimezone(visit.zone):%Y-%m}-01"
        if visit.may(LISTS["payments"].permission)
        else "",
        "change": month.new - month.churn,
        "chart": chart([series], marks, description=series.title) if any(values) else "",
        "plans": [each for each in month.plans if each.new or each.churn or each.active],
    }


def _by_currency(now: Sequence[Money], before: Sequence[Money]) -> Sequence[tuple[Money, Money]]:
    new, old = ({each.currency: each for each in part} for part in (now, before))
    return [
        (new.get(currency, Money(0, currency)), old.get(currency, Money(0, currency)))
        for currency in sorted({*new, *old})
    ]


async def _ending(visit: Visit, count: int) -> Mapping[str, Any] | None:
    """Return the subscriptions that end this week without another charge, the earliest end first; None without
    permission to see subscriptions.
    """
    model = LISTS["subscriptions"]
    if not visit.may(model.permission):
        return None
    view = View(
        model=model,
        sort=model.sorts["access_until"],
        is_descending=False,
        filters={"state": "ending_soon"},
        zone=visit.zone,
    )
    rows = (await visit.use.lists()(visit.who, view, SHOWN)).rows if count else ()
    columns = [each for each in model.columns if each.name in {"customer", "plan", "access_until"}]
    link = f"{ROOT}/subscriptions?state=ending_soon&sort=access_until&dir=up"
    return {"count": count, "rows": rows, "columns": columns, "link": link}


async def _sales(visit: Visit) -> Sequence[Row]:
    model = LISTS["payments"]
    if not visit.may(model.permission):
        return ()
    view = View(model=model, sort=model.sort, is_descending=model.is_descending, filters={}, zone=visit.zone)
    return (await visit.use.lists()(visit.who, view, SALES)).rows


PAGES: Final = (Page("today", "", "today.html", StaffAction.OPEN_CONSOLE, today, MenuSection.TODAY),)
