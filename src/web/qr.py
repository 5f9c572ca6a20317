"""QR codes as inline SVG, so that the page needs no other request and no script."""

from functools import lru_cache

import segno


@lru_cache(maxsize=8)
def qr_svg(url: str) -> str:
    """An SVG element that leads to `url`: dark on light in every theme, because many cameras read nothing else."""
    code = segno.make(url, error="m")
    return str(code.svg_inline(border=4, dark="#16191a", light="#ffffff", omitsize=True, svgclass="qr"))
