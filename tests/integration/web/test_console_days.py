"""Days of the console in the operator's time zone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime

from tests.fakes import samples
from tests.support.console_visitor import Visitor
from tests.support.website import Website, running_website

FAR = ZoneInfo("Pacific/Kiritimati")


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run the site of an operator in a time zone far in the east."""
    async with running_website(database_url, TIMEZONE=str(FAR)) as website:
        yield website


async def test_console_dates_and_date_filters_use_the_operators_time_zone(site: Website, olga: Visitor) -> None:
    now = site.container.core.clock().now()
    began = now.astimezone(FAR).replace(hour=0, minute=0, second=0, microsecond=0)
    async with site.container.core.units()() as uow:
        for number, seconds in enumerate((-1, 1)):
            came = began.astimezone(UTC) + timedelta(seconds=seconds)
            await uow.customers.save(samples.customer(telegram_id=70 + number, created_at=came))
        await uow.commit()
    page = await olga.page("")
    if site.container.core.clock().now().astimezone(FAR).date() == began.date():
        assert f"/customers?since={began:%Y-%m-%d}" in page
        assert format_datetime(began, "d MMM y", tzinfo=FAR, locale="es") in page
    since = await olga.page(f"/customers?since={began:%Y-%m-%d}")
    assert ("<code>70</code>" in since, "<code>71</code>" in since) == (False, True)
