"""Panel page that sends the quarterly tax report as a file to the chat."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiogram.types import BufferedInputFile

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.payments import taxes as screens
from subscriptions.application.payments.tax_report import Quarter
from subscriptions.bootstrap.tax_report import tax_file
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.staff_policy import StaffAction

OFFERED: Final = 5


async def choose(visit: Visit) -> Screen:
    """Show the last completed quarters, newest first."""
    return screens.choose(visit.t, visit.use.make_tax_report().quarters(OFFERED))


async def send(visit: Visit) -> Screen:
    """Send the tax report of a quarter, and show the choice of quarters again."""
    make = visit.use.make_tax_report()
    try:
        quarter = Quarter.parse(visit.part())
    except InvalidInput:
        raise Stale("no such quarter") from None
    report = await make(visit.who, quarter)
    name, content = await asyncio.to_thread(tax_file, report, visit.t.language)
    await visit.bot.send_document(
        visit.who, BufferedInputFile(content, name), caption=screens.caption(visit.t, quarter, len(report.receipts))
    )
    return screens.choose(visit.t, make.quarters(OFFERED))


PAGES: Final[Mapping[str, Page]] = {
    "taxes": Page(StaffAction.SEE_NUMBERS, choose),
    "taxes.file": Page(StaffAction.SEE_NUMBERS, send),
}
