"""Rendering of SVG as pictures. The only font is the one in this folder; fonts of the machine are not used."""

from importlib import import_module
from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"


def render_png(svg: str, zoom: int = 1) -> bytes:
    """Return an SVG as PNG. zoom: pixels per unit of the SVG."""
    # Imported with the first picture: it takes 12 MB, and most processes draw none.
    draw = import_module("resvg_py").svg_to_bytes
    picture: bytes = draw(svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=[str(FONT)])
    return picture
