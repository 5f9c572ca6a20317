"""The first page: what needs a person, then today at a glance."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import day_edges
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import ROOT, Page, Visit
from web.console.words import Words, read_json

WAITING: Final[Sequence[tuple[str, str, StaffAction]]] = (
    ("alarms", "/alarms?state=open", StaffAction.SEE_ALARMS),
    ("flagged", "/payments?state=flagged", StaffAction.SEE_CUSTOMERS),
    ("disputes", "/payments?state=disputed_open", StaffAction.SEE_CUSTOMERS),
    ("doors", "/channels?state=stuck", StaffAction.SEE_CUSTOMERS),
    ("webhooks", "/webhooks?status=parked", StaffAction.SEE_WORK),
    ("jobs", "/jobs?status=failed", StaffAction.SEE_WORK),
    ("accounts", "/accounts", StaffAction.SEE_ACCOUNTS),
)
"""What may wait for a person, where it is listed, and who may see it."""
GLANCE: Final[Sequence[tuple[str, str]]] = (
    ("arrived", "/customers?since={today}"),
    ("began", "/subscriptions?since={today}"),
    ("renewed", "/payments?state=renewal&since={today}"),
    ("joined", "/channels"),
    ("ended", "/subscriptions?status=expired"),
    ("live", "/subscriptions?state=live"),
    ("ending", "/subscriptions?state=ending"),
)


async def today(visit: Visit) -> Mapping[str, Any]:
    """Everything that waits, with where it is seen to; nothing that needs nobody stands before it."""
    began, _ = day_edges(visit.now, visit.zone, 1)
    counts = await visit.use.lists().standing(visit.who, began)
    waiting = [(name, counts[name], ROOT + path) for name, path, action in WAITING if visit.may(action)]
    return {
        "waiting": [each for each in waiting if each[1]],
        "alarms": (await visit.use.alarms().open(visit.who))[:5] if counts["alarms"] else (),
        "glance": [(name, counts[name], ROOT + path.format(today=f"{began:%Y-%m-%d}")) for name, path in GLANCE],
        "earned": _sums(visit.words, counts["earned"]),
        "back": _sums(visit.words, counts["back"]),
        "now": visit.now,
    }


def _sums(words: Words, found: object) -> list[str]:
    return [words.money(Money(int(minor), currency)) for currency, minor in sorted(read_json(found).items())]


PAGES: Final = (Page("today", "", "today.html", StaffAction.OPEN_CONSOLE, today, "now"),)
