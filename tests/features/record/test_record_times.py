"""The public page of a record shows the start of events in the shop's time zone and names the zone once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from features.picks.domain import TipFacts
from features.record.domain.record_figures import Figures
from features.record.use_cases.read_record import PublishedTip, RecordView
from features.record.web.pages import show_record
from features.record.web.paths import record_page
from features.record.web.shown import record_line
from subscriptions.application.catalog.site import SiteView
from tests.fakes import samples
from tests.unit.web.test_pages import IDENTITY
from web.render import Renderer

LATE = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
"""A time that is the first of April in Madrid and still March in UTC."""
MADRID = ZoneInfo("Europe/Madrid")
TIP = PublishedTip(
    number=1,
    facts=TipFacts(
        event="Betis – Sevilla",
        starts_at=LATE,
        market="Goles",
        selection="Más de 2,5",
        odds=Decimal("1.85"),
        stake=Decimal(3),
    ),
    published_at=LATE,
    result=None,
    gain=None,
    withdrawn=False,
    is_corrected=False,
)


@pytest.mark.parametrize(
    ("language", "written", "city"),
    [
        ("es", "1 abr 2026, 00:30", "Horas de Madrid."),
        ("en", "1 Apr 2026, 00:30", "Times are in Madrid time."),
        ("pt", "1 abr. 2026, 00:30", "Horas de Madrid."),
    ],
)
def test_start_of_a_tip_is_in_the_shops_time_zone(language: str, written: str, city: str) -> None:
    tips = [TIP, replace(TIP, number=2)]
    view = RecordView(
        plan=samples.plan(), figures=Figures(), breakdowns={}, tips=tips, has_more=False, unsettled_count=2
    )
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    site = SiteView(plans=[], bot_username="shop_bot", chats={})
    answer = show_record(Renderer(IDENTITY, MADRID), request, record_page("retabet"), language, view, 0, site)
    page = bytes(answer.body).decode()
    assert page.count(f">{written}</time>") == 2
    assert page.count(city) == 1


def test_record_start_is_shown_as_a_date_in_the_shops_time_zone() -> None:
    figures = Figures(settled_count=1, start=LATE)
    assert record_line(figures, "es", "$settled desde el $since, $ratio", MADRID) == "1 desde el 1 abr 2026, –"
