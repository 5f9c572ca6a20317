"""Charts of the figures: their contents, and that any series can be drawn."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import pytest
from babel.dates import get_month_names

from bot.texts import LANGUAGES, Texts, texts_for
from features.figures.chat.drawing import draw, svg_of
from features.figures.chat.pictures import picture_of
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.views.see_month import DAYS as DAYS_SHOWN
from subscriptions.bootstrap.drawing import Scale, render_png
from subscriptions.domain.money import SYMBOLS, Money
from subscriptions.domain.ports.repositories.views import DayNumbers
from subscriptions.domain.services.spans import day_edges
from subscriptions.domain.services.zones import HOME
from tests.features.figures.samples import DAYS

SVG = "{http://www.w3.org/2000/svg}"
ONE = replace(DAYS[-1], active=7, new=2, churn=1, revenue=(Money(999, "EUR"),))
ZEROES = [replace(day, active=0, new=0, churn=0, revenue=(Money(0, "EUR"),)) for day in DAYS]
LARGE = [
    replace(
        day,
        active=10**9 + index,
        new=10**8,
        churn=10**8,
        revenue=(Money((index - 5) * 10**12, "EUR"), Money(index * 10**11, "JPY"), Money(10**12, "XTR")),
    )
    for index, day in enumerate(DAYS)
]
SERIES = {"none": [], "one": [ONE], "zeroes": ZEROES, "large": LARGE, "usual": DAYS}


def words(svg: str) -> list[str]:
    return [item.text or "" for item in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def alone(sign: str, family: str = "Roboto") -> bytes:
    text = f'<text y="16" font-family="{family}">{sign}</text>'
    return render_png(f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">{text}</svg>')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SERIES)
def test_any_series_is_drawn_inside_the_picture(kind: str, language: str) -> None:
    svg = ElementTree.fromstring(svg_of(texts_for(language), SERIES[kind]))
    height = int(svg.attrib["height"])
    picture = draw(texts_for(language), SERIES[kind])

    assert struct.unpack(">II", picture[16:24]) == (390 * 3, height * 3)
    for group in svg.iter(f"{SVG}g"):
        tops = [float(item.attrib["y"]) for item in group.iter() if "y" in item.attrib]
        assert min(tops) >= 0
        assert max(tops) <= 116
        widths = [float(item.attrib["width"]) for item in group.iter(f"{SVG}rect")]
        assert all(0 < width <= 24 for width in widths)
    assert all("nan" not in "".join(item.attrib.values()) for item in svg.iter())


def test_special_characters_of_a_chart_text_are_drawn_as_written() -> None:
    odd = "<b>&\"' ]]> {n}"
    t = Texts("es", {**texts_for("es").entries, "numbers.chart.active": odd})

    svg = svg_of(t, [ONE])

    assert odd.format(n=7) in words(svg)
    assert render_png(svg).startswith(b"\x89PNG")


def test_chart_of_amounts_shows_the_currency_and_a_zero_line() -> None:
    days = [replace(ONE, revenue=(Money(minor, "USD"), Money(minor, "KWD"))) for minor in (-1500, 4995)]

    shown = words(svg_of(texts_for("es"), days))

    ticks = [each for each in shown if each.endswith("US$") and ":" not in each]
    assert ticks == [f"{tick}\xa0US$" for tick in ("−20", 0, 20, 40, 60)]
    assert "Ingresos en KWD: 3,495\xa0KWD" in shown
    assert shown.count("0") == 3


def test_axis_shows_cents_if_its_steps_are_below_one_unit() -> None:
    days = [replace(ONE, revenue=(Money(2, "EUR"),))]

    assert {"€0.00", "€0.01", "€0.02"} <= set(words(svg_of(texts_for("en"), days)))
    assert {"0,00\xa0€", "0,01\xa0€", "0,02\xa0€"} <= set(words(svg_of(texts_for("es"), days)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_font_has_every_character_of_the_charts(language: str) -> None:
    drawn = {sign for text in words(svg_of(texts_for(language), DAYS + tuple(LARGE))) for sign in text}
    months = get_month_names("abbreviated", locale=locale_of(language)).values()
    drawn |= {sign for month in months for sign in month} | set(SYMBOLS) | set("-.0123456789 ")
    lacking = alone("\N{WHITE MEDIUM STAR}")

    assert [sign for sign in drawn - {" "} if alone(sign) == lacking] == []


def test_fonts_of_the_machine_are_not_used() -> None:
    # Many machines have this font family, and a font with this character.
    assert alone("A", "DejaVu Sans") == alone(" ")
    assert alone("\N{WHITE MEDIUM STAR}") == alone("\N{CJK UNIFIED IDEOGRAPH-4E00}")


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], [0, 1]),
        ([0, 0], [0, 1]),
        ([1], [0, 1]),
        ([3], [0, 1, 2, 3]),
        ([155, 90], [0, 50, 100, 150, 200]),
        ([7, -3], [-5, 0, 5, 10]),
        ([-4], [-4, -3, -2, -1, 0]),
        ([20993, 300], [0, 10000, 20000, 30000]),
        ([10**15], [0, 5 * 10**14, 10**15]),
    ],
)
def test_axis_has_few_round_steps_including_zero(values: Sequence[int], ticks: Sequence[int]) -> None:
    scale = Scale.for_values(values)

    assert list(scale.ticks) == ticks
    assert scale.share(ticks[-1]) == 0
    assert scale.share(ticks[0]) == 1


def test_scale_without_values_ends_at_the_given_upper_end() -> None:
    assert Scale.for_values([0], least=100).high == 100
    assert Scale.for_values([-3, 0], least=100) == Scale(-3, 0, 1)


@pytest.mark.parametrize("language", ["es", "en"])
async def test_chart_is_as_wide_as_a_phone_screen(language: str) -> None:
    nothing = [
        DayNumbers(day=begins, active=0, new=0, churn=0, revenue=())
        for begins in day_edges(datetime(2026, 3, 29, 12, tzinfo=HOME), HOME, DAYS_SHOWN)[:-1]
    ]
    full, empty = await asyncio.gather(picture_of(texts_for(language), DAYS), picture_of(texts_for(language), nothing))
    for picture in (full, empty):
        assert picture.startswith(b"\x89PNG")
        assert struct.unpack(">I", picture[16:20]) == (1170,)
        assert len(picture) < 10 * 1024 * 1024
