"""Statistics in the console: the page of figures, and the recurring revenue on the page «Today»."""

from collections.abc import Sequence
from typing import Final

from features.figures.web.page import FILES, PAGES, PATH
from features.figures.wiring import figures_of
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import ROOT, TodayFigure, Visit
from web.feature import WebPart


async def _recurring_revenue(visit: Visit) -> Sequence[TodayFigure]:
    """Return the monthly recurring revenue by currency, and its change since the beginning of the month. Each amount
    links to the subscriptions that it consists of, if the staff member may see them.
    """
    if not visit.may(StaffAction.SEE_NUMBERS):
        return ()
    words, may_list = visit.words, visit.may(LISTS["subscriptions"].permission)
    return [
        TodayFigure(
            amount=words.money(each.closing),
            label=words("today.recurring"),
            note=words("today.change", change=words.change(each.closing - each.opening)),
            url=f"{ROOT}/subscriptions?state=recurring&currency={each.closing.currency}"
            if may_list
            else f"{ROOT}{PATH}#r-recurring",
        )
        for each in await figures_of(visit.use.core).see_figures().recurring_now(visit.who) or ()
        if each.closing.minor or each.opening.minor
    ]


WEB: Final = WebPart(pages=PAGES, files=FILES, today=_recurring_revenue)
