"""Picture of a tip record as SVG, for link previews, other sites and the chat."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from subscriptions.infrastructure.drawing.profit_curve import ProfitCurve, Span

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
WIDTH: Final = 1200
HEIGHT: Final = 630
_PLOT: Final = (952, 208)
_LEFT: Final = 176
_TOP: Final = 318
_NAME: Final = 34
"""Maximum number of characters that fit into one line of the picture."""
_MARKS: Final = 8
"""Maximum number of labels below the profit curve. If there are more, only every second label is drawn."""


def record_picture(
    *,
    brand: str,
    accent: str,
    heading: str,
    figures: Sequence[tuple[str, str]],
    curve: ProfitCurve | None,
    foot: str,
) -> str:
    """Return the picture as SVG. figures: up to four figures with their names. curve: None if there are too few
    tips.
    """
    return _TEMPLATES.get_template("record.svg").render(
        width=WIDTH,
        height=HEIGHT,
        brand=_shorten(brand),
        accent=accent,
        heading=_shorten(heading),
        figures=figures[:4],
        curve=curve,
        points=curve.line(*_PLOT) if curve is not None else "",
        plot=_PLOT,
        left=_LEFT,
        top=_TOP,
        marked=_marked(curve.spans) if curve is not None else (),
        foot=foot,
    )


def _marked(spans: Sequence[Span]) -> Sequence[Span]:
    """Return the time spans that get a label below the profit curve, the newest first. If there are more than `_MARKS`,
    every second one is left out.
    """
    return spans[::-1][:: 2 if len(spans) > _MARKS else 1]


def _shorten(words: str) -> str:
    return textwrap.shorten(words, _NAME, placeholder=" …")
