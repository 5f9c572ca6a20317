"""Console page that offers the quarterly tax report as a file."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.tax_report import Quarter
from subscriptions.bootstrap.tax_report import tax_file
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit

OFFERED: Final = 8
"""Number of completed quarters to choose from, in addition to the current quarter."""


async def show(visit: Visit) -> Mapping[str, Any]:
    """Show the quarters to choose from. The last completed quarter has the main button."""
    last, *earlier = visit.use.make_tax_report().quarters(OFFERED)
    running = Quarter.of(visit.now.astimezone(visit.zone).date())
    return {"last": last, "others": [running, *earlier]}


async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
    """Return the tax report's file for the quarter in the URL, by default the last completed quarter."""
    make = visit.use.make_tax_report()
    wanted = visit.query("quarter")
    report = await make(visit.who, Quarter.parse(wanted) if wanted else make.last_quarter)
    name, content = await asyncio.to_thread(tax_file, report, visit.words.language)

    async def pieces() -> AsyncIterator[str]:
        yield content.decode()

    return name, pieces()


PAGES: Final = (Page("taxes", "/taxes", "taxes.html", StaffAction.SEE_NUMBERS, show, MenuSection.MONEY, file=write),)
