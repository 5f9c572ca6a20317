"""The public page of a track record: the order of its sections, omitted sections, and results with colour and sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from starlette.requests import Request

from features.picks.domain import Settlement, TipResult
from features.record.domain.record_figures import Figures, breakdowns, count, settled_tips
from features.record.domain.tip_history import histories
from features.record.use_cases.read_record import LATEST, PublishedTip, RecordView
from features.record.web.notes import RecordNote
from features.record.web.pages import picture_of, show_record
from features.record.web.paths import record_page
from subscriptions.application.catalog.site import SiteView
from subscriptions.bootstrap.drawing import profit_curve, render_png
from subscriptions.domain.services.zones import HOME
from tests.fakes import samples
from tests.features.picks.tips import STARTS, tip
from tests.features.record.records import Chain
from tests.unit.web.test_pages import IDENTITY, Outline, plan
from web.pages import INDEX
from web.render import Renderer

WON, LOST, PUSH, VOID = TipResult.WON, TipResult.LOST, TipResult.PUSH, TipResult.VOID
LANGUAGES = ("es", "en", "pt", "pt-br")
MIXED = (WON, LOST, WON, WON, PUSH, LOST, WON, VOID, LOST, WON, WON, WON, LOST, WON, LOST, WON)
PARTS = ("<h1>", 'class="button"', 'class="key"', 'class="curve"', 'class="run"', 'class="others"', 'class="care"')


def record(results: Sequence[TipResult], *, days: int = 5, markets: Sequence[str] = ("Goles", "Ganador")) -> RecordView:
    """Return a record with one tip per result, the given number of days apart."""
    chain = Chain()
    for number, result in enumerate(results):
        market, starts_at = markets[number % len(markets)], STARTS + timedelta(days=days * number)
        facts = tip(
            market=market, starts_at=starts_at, odds=Decimal("1.9"), stake=Decimal(2), event=f"Partido {number}"
        )
        chain.settle(chain.publish(facts), Settlement(result=result))
    settled = settled_tips(histories(chain.entries).values())
    tips = [
        PublishedTip(
            number=each.number,
            facts=each.facts,
            published_at=STARTS,
            result=each.result,
            gain=each.profit,
            withdrawn=False,
            is_corrected=False,
        )
        for each in reversed(settled)
    ]
    return RecordView(
        plan=samples.plan(),
        figures=count(settled),
        breakdowns=breakdowns(settled, HOME),
        tips=tips[:25],
        has_more=len(tips) > 25,
        unsettled_count=0,
        latest=[each for each in tips if each.result is not VOID][:LATEST],
    )


def shown(view: RecordView, language: str = "es", *, on_sale: bool = True, bot: str | None = "RetadorBot") -> str:
    """Return the HTML of a record's page."""
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    site = SiteView(plans=[plan()] if on_sale else [], bot_username=bot)
    view.plan.soft_id = "retabet"
    answer = show_record(Renderer(IDENTITY), request, record_page("retabet"), language, view, 0, site)
    return bytes(answer.body).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_of_the_record_page_are_in_order(language: str) -> None:
    page = shown(record(MIXED), language)
    positions = [page.index(part) for part in PARTS]
    assert positions == sorted(positions)
    Outline(page)
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    assert len(headings) == len(set(headings)) == 5, "curve, latest results, months, markets, tips"
    assert page.count("<details") == page.count("<summary>") == 1
    assert page.rindex("<table>") < page.index("<details") < page.index('class="care"') < page.rindex('class="button"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_record_page_begins_and_ends_with_a_button_to_the_plan(language: str) -> None:
    page = shown(record(MIXED), language)
    links = [link["href"] for link in Outline(page).all("a") if link.get("class") == "button"]
    assert links == ["https://t.me/RetadorBot?start=plan_retabet"] * 2
    assert page.index('class="button"') < page.index("<dl")


@pytest.mark.parametrize(
    ("on_sale", "bot", "links"),
    [(False, "RetadorBot", ["https://t.me/RetadorBot"] * 2), (True, None, []), (False, None, [])],
)
def test_record_page_of_a_plan_not_on_sale_links_to_the_bot_only(
    on_sale: bool, bot: str | None, links: list[str]
) -> None:
    page = shown(record(MIXED), on_sale=on_sale, bot=bot)
    assert [link["href"] for link in Outline(page).all("a") if link.get("class") == "button"] == links


@pytest.mark.parametrize("language", LANGUAGES)
def test_record_page_without_results_shows_no_figures(language: str) -> None:
    page = shown(record(()), language)
    for absent in ("<dl", "<svg", 'class="run"', "<table>", "–<"):
        assert absent not in page.partition("<main")[2]
    assert page.count('class="button"') == 2
    assert page.count('class="care"') == 1


def test_record_page_with_one_tip_has_no_profit_curve_and_no_table_of_markets() -> None:
    page = shown(record((WON,)))
    assert 'class="curve"' not in page
    assert page.count("<tbody>") == 2, "months and tips"
    assert re.findall(r'<li class="(\w+)"', page) == ["gain"]
    assert '<dd class="gain">+1,8 u</dd>' in page


def test_lost_tips_are_shown_in_their_own_style_with_a_minus_sign() -> None:
    page = shown(record((LOST, LOST, PUSH, WON)))
    assert '<dd class="loss">−2,2 u</dd>' in page
    assert '<b class="loss">−2 u</b>' in page
    assert '<b class="gain">+1,8 u</b>' in page
    run = re.findall(r'<li class="(\w+)" title="([^"]+)"><span aria-hidden="true">(.)<', page)
    assert [(tone, sign) for tone, _, sign in run] == [("loss", "−"), ("loss", "−"), ("even", "="), ("gain", "+")]
    assert run[-1][1] == "Partido 3: Acertado, +1,8 u"
    assert "Suman −2,2 u." in page


def test_latest_ten_results_end_with_the_newest_and_omit_void_tips() -> None:
    page = shown(record(MIXED))
    named = re.findall(r'<li class="\w+" title="Partido (\d+):', page)
    assert named == ["5", "6", "8", "9", "10", "11", "12", "13", "14", "15"]


@pytest.mark.parametrize(("results", "given"), [((WON, LOST) * 14, False), ((WON, LOST) * 15, True)])
def test_confidence_interval_is_shown_from_thirty_results_on(results: Sequence[TipResult], given: bool) -> None:
    assert ("intervalo del 95" in shown(record(results))) is given


@pytest.mark.parametrize("results", [MIXED, (), (WON, LOST) * 60])
def test_record_page_shows_each_warning_once(results: Sequence[TipResult]) -> None:
    page = shown(record(results))
    assert page.count("Juega con responsabilidad") == page.count("No garantizamos resultados") == 1
    assert page.count("Son pocos pronósticos") == (len(results) < 100)


@pytest.mark.parametrize(
    ("language", "month", "latest"), [("es", "may 2026", "+"), ("en", "May 2026", "+"), ("pt", "mai. 2026", "+")]
)
def test_profit_curve_names_the_profit_of_each_month(language: str, month: str, latest: str) -> None:
    page = shown(record(MIXED, days=5), language)
    values = re.findall(r'<text x="100%" y="14">([^:]+): ([^<]+)</text>', page)
    assert [name for name, _ in values][-1] == month
    assert values[-1][1].startswith(latest)
    [total] = re.findall(r'<dd class="gain">([^<]+ u)</dd>', page)
    assert values[-1][1] == total


def test_record_with_a_single_market_has_no_table_of_markets() -> None:
    assert "Por mercado" not in shown(record(MIXED, markets=("Goles",)))


def test_profit_curve_starts_at_zero_and_shows_its_minimum_its_maximum_and_every_month() -> None:
    view = record((WON,) * 300 + (LOST,) * 200, days=1)
    curve = profit_curve(view.figures.curve, view.months, "es")
    assert curve is not None
    assert curve.points[0] == (0.0, curve.zero)
    assert len(curve.points) < 180
    assert max(view.figures.curve) == view.figures.curve[299]
    low, high = curve.ticks[-1], curve.ticks[0]
    assert (low.y, high.y) == (0.0, 1.0)
    assert [tick.label for tick in curve.ticks if tick.is_zero] == ["0"]
    assert len(curve.spans) <= 12
    assert sum(span.width for span in curve.spans) == pytest.approx(1)
    assert curve.spans[-1].profit == view.figures.profit
    assert curve.points[-1][0] == 1


def test_curve_is_level_in_months_without_tips() -> None:
    view = record((WON, WON, LOST), days=62)
    curve = profit_curve(view.figures.curve, view.months, "es")
    assert curve is not None
    assert [span.profit for span in curve.spans[:3]] == [Fraction("1.8"), Fraction("1.8"), Fraction("3.6")]


@pytest.mark.parametrize("curve", [(), (Fraction(1),)])
def test_record_of_fewer_than_two_tips_has_no_curve(curve: Sequence[Fraction]) -> None:
    assert profit_curve(curve, {}, "es") is None


@pytest.mark.parametrize("results", [(), (WON,), MIXED, (LOST,) * 30])
@pytest.mark.parametrize("language", LANGUAGES)
def test_record_picture_can_be_drawn_for_any_number_of_results(results: Sequence[TipResult], language: str) -> None:
    svg = picture_of(Renderer(IDENTITY), language, record(results))
    assert render_png(svg).startswith(b"\x89PNG")
    assert ("polyline" in svg) is (len(results) > 1)
    assert "–<" not in svg


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "3 pronósticos con resultado desde el 2 mar 2026, yield −5\N{NO-BREAK SPACE}%, todos públicos"),
        ("en", "3 settled tips since 2 Mar 2026, yield −5%, all public"),
        ("pt", "3 prognósticos com resultado desde 2 mar. 2026, yield −5%, todos públicos"),
    ],
)
def test_plan_card_shows_the_record_figures_once_a_tip_is_settled(language: str, said: str) -> None:
    request = Request({"type": "http", "method": "GET", "path": INDEX.paths[language], "headers": []})
    figures = Figures(settled_count=3, yield_=Fraction(-1, 20), start=STARTS)
    way = f'href="{record_page("retabet").paths[language]}"'
    for each, shown in ((figures, True), (Figures(), False)):
        view = SiteView(
            plans=[plan()],
            bot_username=None,
            notes={"retabet": [RecordNote("retabet", each)] if each.settled_count else []},
        )
        html = bytes(Renderer(IDENTITY).page(request, INDEX, language, view).body).decode()
        assert (said in html, way in html) == (shown, shown)
        assert "18" in html.partition(way)[2][:300] or not shown
