"""Picture of a record, for link previews, other sites and the chat."""

import textwrap
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from subscriptions.infrastructure.drawing.templates import TEMPLATES

WIDTH: Final = 1200
HEIGHT: Final = 630
_CURVE: Final = (1024, 200)
_TOP: Final = 330
_NAME: Final = 34
"""Number of characters that fit into one line."""
POINTS: Final = 120
"""Maximum number of points; a curve with more points, or in whole units of the drawing, looks the same."""


def record_picture(
    *,
    brand: str,
    accent: str,
    heading: str,
    figures: Sequence[tuple[str, str]],
    curve: Sequence[Fraction],
    foot: str,
) -> str:
    """Return the picture as SVG. figures: up to four, each with its name. curve: profit after each tip."""
    low, high = min((Fraction(0), *curve)), max((Fraction(0), *curve))
    _, height = _CURVE
    return TEMPLATES.get_template("record.svg").render(
        width=WIDTH,
        height=HEIGHT,
        brand=_shorten(brand),
        accent=accent,
        heading=_shorten(heading),
        figures=figures[:4],
        points=curve_points(curve, *_CURVE),
        top=_TOP,
        zero=_TOP + round(height * high / (high - low or 1)),
        foot=foot,
    )


def curve_points(curve: Sequence[Fraction], width: int, height: int) -> str:
    """Return the points of a line from the beginning until now; empty for fewer than two tips."""
    if len(curve) < 2:
        return ""
    step = max(1, len(curve) // POINTS)
    values = [0.0, *(float(each) for each in curve[::step]), float(curve[-1])]
    low, high = min(values), max(values)
    span = high - low or 1.0
    places = (
        (width * place / (len(values) - 1), height * (1 - (value - low) / span)) for place, value in enumerate(values)
    )
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in places)


def _shorten(words: str) -> str:
    return textwrap.shorten(words, _NAME, placeholder=" …")
