"""Samples of the panel's statistics, for the contact sheets and for tests of every screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.texts import Texts
from features.figures import screens
from features.figures.chat.drawing import draw
from features.figures.domain.figures import Churn, EntryTimes, RecurringRevenue
from features.figures.use_cases.see_numbers import Numbers, TokenLine
from features.figures.web.reports import COMPARE, CURRENCY, PLAN, PROVIDER, SPAN
from scripts import panel_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.lists.list_model import Filter
from subscriptions.application.views.see_month import DAYS as DAYS_SHOWN
from subscriptions.application.views.see_month import PlanLine
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers
from subscriptions.domain.services.spans import day_edges, total
from subscriptions.domain.services.zones import HOME

_NUMBERS: Final = "numbers"


def _day(index: int, begins: datetime) -> DayNumbers:
    """Return the figures of one day of a good month. The figures are the same in each run."""
    new = round(4 + 3 * math.sin(index / 2))
    lost = round(1.5 + 1.5 * math.cos(index / 3))
    earned = (Money(new * 2999, "EUR"), Money((new - 2) * 999, "USD"))
    return DayNumbers(day=begins, active=90 + 2 * index + new, new=new, churn=lost, revenue=earned)


DAYS: Final = tuple(_day(index, begins) for index, begins in enumerate(day_edges(samples.NOW, HOME, DAYS_SHOWN)[:-1]))
NUMBERS: Final = Numbers(
    active=DAYS[-1].active,
    new=sum(each.new for each in DAYS),
    churn=sum(each.churn for each in DAYS),
    revenue=total(DAYS),
    plans=(
        PlanLine(plan=samples.RETABET.label, active=101, new=62, churn=20),
        PlanLine(plan=samples.VIP.label, active=50, new=58, churn=25),
    ),
    tokens=(
        TokenLine(plan=samples.VIP.label, campaign="verano", codes=120, openings=96, activations=71, joins=68),
        TokenLine(plan=samples.VIP.label, campaign="", codes=8, openings=3, activations=2, joins=2),
    ),
    days=DAYS,
)
RECURRING: Final = RecurringRevenue(
    month=DAYS[0].day,
    opening=Money(251916, "EUR"),
    new=Money(29990, "EUR"),
    returned=Money(2999, "EUR"),
    grown=Money(1000, "EUR"),
    shrunk=Money(0, "EUR"),
    lost=Money(8997, "EUR"),
    came=11,
    gone=3,
    payers=92,
)
LEAVING: Final = tuple(
    Churn(month=DAYS[0].day, ended="period_over", reason=reason, count=count)
    for reason, count in (("price", 2), ("", 1))
)
ENTERING: Final = EntryTimes(month=DAYS[0].day, count=11, median=timedelta(seconds=48), most=timedelta(minutes=9))
QUIET: Final = Numbers(active=0, new=0, churn=0, revenue=(), plans=(), tokens=(), days=())


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the page of statistics."""
    return [
        Shot(_NUMBERS, screens.numbers(t, NUMBERS, [RECURRING], LEAVING, ENTERING)),
        Shot("nothing sold yet", screens.numbers(t, QUIET, [], [], None)),
    ]


def _picture(t: Texts) -> bytes:
    return draw(t, DAYS)


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"figures": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
FILTERS: Final[Mapping[str, Sequence[Filter]]] = {"figures": (COMPARE, CURRENCY, PLAN, PROVIDER, SPAN)}
"""Filters of console pages that are not lists."""
PICTURES: Final[Mapping[str, Callable[[Texts], bytes]]] = {_NUMBERS: _picture}
"""Pictures that are sent together with a screen, by the caption of the screen."""
