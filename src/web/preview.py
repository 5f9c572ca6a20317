"""Picture for previews of links to the site, with the brand, the offer, and plans with their prices."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from jinja2 import Environment

from web.colour import readable

WIDTH: Final = 1200
HEIGHT: Final = 630
_LINE: Final = 34
"""Maximum number of characters per line of the heading."""
_LINES: Final = 3
_PLANS: Final = 3
"""Maximum number of plans in the preview picture of the landing page."""
_NAME: Final = 30


def preview_svg(
    environment: Environment, *, brand: str, accent: str, heading: str, plans: Sequence[tuple[str, str]], foot: str
) -> str:
    """Return the picture as SVG. plans: pairs of name and price. foot: line with the legal notices."""
    lines = textwrap.wrap(heading, _LINE, max_lines=_LINES, placeholder=" …")
    plan_lines = [(_shorten(name), price) for name, price in plans[:_PLANS]]
    facts: dict[str, Any] = {"brand": _shorten(brand), "lines": lines, "plans": plan_lines, "foot": foot}
    colours = {"accent": readable(accent, "#ffffff", 3), "width": WIDTH, "height": HEIGHT}
    return environment.get_template("preview.svg").render(facts | colours)


def _shorten(words: str) -> str:
    return textwrap.shorten(words, _NAME, placeholder=" …")
