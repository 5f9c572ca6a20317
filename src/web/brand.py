"""Style sheet and logo in the brand's colour, generated from the setting.

Both are separate files because the pages' security policy permits no inline styles.
"""

from html import escape
from typing import Final

from web.colour import readable

LIGHT: Final = ("#f4f5f5", "#ffffff")
DARK: Final = ("#1d2733", "#101314")
"""LIGHT and DARK are the colors of the two themes. Each contains the background with the least contrast to the accent
color, and the color of text on the accent. The dark background is lighter than that of base.css, so that the accent is
readable in Telegram's night theme too.
"""


def brand_css(accent: str) -> str:
    """Return CSS custom properties with the accent colour, changed as little as necessary to be readable in both
    themes.
    """
    light, dark = readable(accent, LIGHT[0]), readable(accent, DARK[0])
    on_light, on_dark = readable(LIGHT[1], light), readable(DARK[1], dark)
    return f":root {{ --accent: light-dark({light}, {dark}); --on-accent: light-dark({on_light}, {on_dark}); }}\n"


def brand_mark(accent: str, size: int = 32) -> str:
    """Return the logo, a doorway in the brand's colour, as SVG. size: width and height in pixels for a conversion to a
    bitmap.
    """
    field = readable(accent, "#ffffff", 3)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="{size}" height="{size}">'
        f'<rect width="32" height="32" rx="8" fill="{field}"/>'
        '<path fill="#fff" d="M9 26V15a7 7 0 0 1 14 0v11h-4V15a3 3 0 0 0-6 0v11z"/>'
        "</svg>\n"
    )


def brand_sample(name: str, accent: str, word: str) -> str:
    """Return a preview of the brand's header and button in both themes as SVG. word: label of the button."""
    halves = []
    field = readable(accent, "#ffffff", 3)
    for x, page, text in ((0, LIGHT[0], "#16191a"), (320, DARK[1], "#eef1f1")):
        on_page = readable(accent, DARK[0] if x else LIGHT[0])
        on_accent = readable(DARK[1] if x else LIGHT[1], on_page)
        halves.append(
            f'<g transform="translate({x} 0)" font-family="sans-serif">'
            f'<rect width="320" height="220" fill="{page}"/>'
            f'<g transform="translate(24 28)"><rect width="32" height="32" rx="8" fill="{field}"/>'
            '<path fill="#fff" d="M9 26V15a7 7 0 0 1 14 0v11h-4V15a3 3 0 0 0-6 0v11z"/></g>'
            f'<text x="68" y="51" font-size="18" font-weight="600" fill="{text}">{escape(name[:24])}</text>'
            f'<rect x="24" y="132" width="272" height="48" rx="8" fill="{on_page}"/>'
            f'<text x="160" y="162" font-size="17" font-weight="600" text-anchor="middle" fill="{on_accent}">'
            f"{escape(word)}</text></g>"
        )
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 220" width="640" height="220">'
    return f"{head}{''.join(halves)}</svg>"
