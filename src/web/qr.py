"""QR codes as inline SVG, so that the page needs no other request and no script."""

from functools import lru_cache

import segno


@lru_cache(maxsize=8)
def qr_svg(url: str) -> str:
    """An SVG element that leads to `url`, in the text's colour."""
    code = segno.make(url, error="m")
    return str(code.svg_inline(scale=4, border=0, dark="currentColor", omitsize=True, svgclass="qr"))
