"""Quarterly tax report as a file."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.tax_report import Quarter
from subscriptions.bootstrap.tax_report import tax_file
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit

OFFERED: Final = 8
"""Quarters to choose from, in addition to the current one."""


async def show(visit: Visit) -> Mapping[str, Any]:
    """Show the quarters. The last completed one has the main button."""
    last, *earlier = visit.use.make_tax_report().quarters(OFFERED)
    running = Quarter.of(visit.now.astimezone(visit.zone).date())
    return {"last": last, "others": [running, *earlier], "zone": str(visit.zone)}


async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
    """Return the file of the quarter in the URL, by default of the last completed one."""
    make = visit.use.make_tax_report()
    wanted = visit.query("quarter")
    report = await make(visit.who, Quarter.parse(wanted) if wanted else make.last_quarter)
    name, content = await asyncio.to_thread(tax_file, report, visit.words.language)

    async def pieces() -> AsyncIterator[str]:
        yield content.decode()

    return name, pieces()


PAGES: Final = (Page("taxes", "/taxes", "taxes.html", StaffAction.SEE_NUMBERS, show, MenuSection.MONEY, file=write),)
