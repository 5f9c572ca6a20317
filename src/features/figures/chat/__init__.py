"""Panel page of the business statistics, with a chart of the last thirty days."""

from typing import Final

from aiogram.types import BufferedInputFile

from bot.feature import ChatPart, PanelPart
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from features.figures import screens
from features.figures.chat.pictures import picture_of
from features.figures.wiring import figures_of
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = "numbers"


async def numbers(visit: Visit) -> Screen:
    """Show the statistics in the panel's message, and send the chart as a separate photo."""
    use = figures_of(visit.use.core)
    figures = await use.see_numbers()(visit.who, visit.t.zone)
    picture = await picture_of(visit.t, figures.days)
    file = BufferedInputFile(picture, "numbers.png")
    await visit.bot.send_photo(visit.who, file, caption=visit.t("numbers.caption"))
    see = use.see_figures()
    revenue = await see.recurring_revenue(visit.who, months=1)
    churn, entry = await see.churn(visit.who, months=1), await see.entry_times(visit.who, months=1)
    return screens.numbers(visit.t, figures, revenue.lines, churn.lines, next(iter(entry.lines), None))


async def _expect(visit: Visit) -> None:
    await figures_of(visit.use.core).see_figures().expect(visit.who)


CHAT: Final = ChatPart(
    panel=PanelPart(
        pages={PAGE: Page(StaffAction.SEE_NUMBERS, numbers)},
        entries={MenuSection.FIGURES: ((PAGE, StaffAction.SEE_NUMBERS),)},
        before_console=_expect,
    )
)
