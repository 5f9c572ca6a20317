"""Rendering of SVG as PNG. The only available font is the one in this folder; the machine's fonts are not used."""

from importlib import import_module
from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"


def render_png(svg: str, zoom: int = 1) -> bytes:
    """Render an SVG as PNG. `zoom`: pixels per unit of the SVG."""
    # Imported when the first picture is rendered: the module takes 12 MB, and most processes render none.
    draw = import_module("resvg_py").svg_to_bytes
    picture: bytes = draw(svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=[str(FONT)])
    return picture
