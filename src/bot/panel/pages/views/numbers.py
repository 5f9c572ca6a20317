"""Panel page of the business statistics, with a chart of the last thirty days."""

from collections.abc import Mapping
from typing import Final

from aiogram.types import BufferedInputFile

from bot.charts import picture_of
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.views import numbers as screens
from subscriptions.domain.services.staff_policy import StaffAction


async def numbers(visit: Visit) -> Screen:
    """Show the statistics in the panel's message, and send the chart as a separate photo."""
    figures = await visit.use.numbers()(visit.who, visit.t.zone)
    picture = await picture_of(visit.t, figures.days)
    file = BufferedInputFile(picture, "numbers.png")
    await visit.bot.send_photo(visit.who, file, caption=visit.t("numbers.caption"))
    see = visit.use.figures()
    revenue = await see.recurring_revenue(visit.who, months=1)
    churn, entry = await see.churn(visit.who, months=1), await see.entry_times(visit.who, months=1)
    return screens.numbers(visit.t, figures, revenue.lines, churn.lines, next(iter(entry.lines), None))


PAGES: Final[Mapping[str, Page]] = {"numbers": Page(StaffAction.SEE_NUMBERS, numbers)}
