"""QR codes as inline SVG, so that a page needs neither another request nor a script."""

from functools import lru_cache

import segno


@lru_cache(maxsize=8)
def qr_svg(url: str) -> str:
    """Return an SVG element with a QR code of `url`, dark on light in every theme, because many cameras
    require that.
    """
    code = segno.make(url, error="m")
    return str(code.svg_inline(border=4, dark="#16191a", light="#ffffff", omitsize=True, svgclass="qr"))
