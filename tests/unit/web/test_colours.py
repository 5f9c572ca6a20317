"""Check that the text on all pages has enough contrast in both themes and with any brand colour."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.brand import brand_css, brand_mark
from web.colour import AA, contrast, readable
from web.paths import STATIC

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
DECLARED = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")


def themes(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours declared in a style sheet: those of the light theme and those of the dark theme."""
    declared = DECLARED.findall(css)
    return {name: light for name, light, _ in declared}, {name: dark for name, _, dark in declared}


GREYS = themes((STATIC / "css/base.css").read_text())


def test_contrast_ratio_has_the_values_of_the_accessibility_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == pytest.approx(1)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_colours_are_readable_in_both_themes(theme: int) -> None:
    colours = GREYS[theme]
    for text in ("text", "quiet", "good", "warn", "bad"):
        for background in ("bg", "surface"):
            assert contrast(colours[text], colours[background]) >= AA, (text, background)


@given(COLOURS)
def test_any_accent_colour_is_made_readable(accent: str) -> None:
    for greys, brand in zip(GREYS, themes(brand_css(accent)), strict=True):
        assert contrast(brand["accent"], greys["bg"]) >= AA
        assert contrast(brand["accent"], greys["surface"]) >= AA
        assert contrast(brand["on-accent"], brand["accent"]) >= AA


def test_readable_accent_colour_is_unchanged() -> None:
    assert themes(brand_css("#0b5f66"))[0]["accent"] == "#0b5f66"


@given(COLOURS, COLOURS)
def test_every_colour_has_a_shade_with_enough_contrast_on_any_background(colour: str, background: str) -> None:
    assert contrast(readable(colour, background), background) >= AA


@given(COLOURS)
def test_brand_mark_is_visible_on_both_themes(accent: str) -> None:
    field = re.search(r'rx="8" fill="(#[0-9a-f]{6})"', brand_mark(accent))
    assert field is not None
    assert contrast(field[1], "#ffffff") >= 3
