"""SVG into pictures. The only font is the one that lies beside it: nothing of the machine is looked for."""

from importlib import import_module
from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"


def render_png(svg: str, zoom: int = 1) -> bytes:
    """An SVG as a PNG. zoom: pixels for each of its units."""
    # By the first picture: it takes 12 MB, and most processes draw none.
    draw = import_module("resvg_py").svg_to_bytes
    picture: bytes = draw(svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=[str(FONT)])
    return picture
