"""What the brand's one colour becomes: a style sheet and a mark, made from the setting.

They are files of their own because the pages allow no inline styles.
"""

from typing import Final

from web.colour import readable

LIGHT: Final = ("#f4f5f5", "#ffffff")
DARK: Final = ("#191d1e", "#101314")
"""The background on which the accent is hardest to read, and the text on top of it; as in styles.css."""


def brand_css(accent: str) -> str:
    """The accent as custom properties, shifted as little as it takes to be readable in both themes."""
    light, dark = readable(accent, LIGHT[0]), readable(accent, DARK[0])
    return (
        f":root {{ --accent: {light}; --on-accent: {readable(LIGHT[1], light)}; }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f"  :root {{ --accent: {dark}; --on-accent: {readable(DARK[1], dark)}; }}\n"
        "}\n"
        # Telegram's theme may be another than the system's.
        f':root[data-theme="light"] {{ --accent: {light}; --on-accent: {readable(LIGHT[1], light)}; }}\n'
        f':root[data-theme="dark"] {{ --accent: {dark}; --on-accent: {readable(DARK[1], dark)}; }}\n'
    )


def brand_mark(accent: str, size: int = 32) -> str:
    """A doorway in the brand's colour, as SVG. size: of the picture in pixels, where it becomes one."""
    field = readable(accent, "#ffffff", 3)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="{size}" height="{size}">'
        f'<rect width="32" height="32" rx="8" fill="{field}"/>'
        '<path fill="#fff" d="M9 26V15a7 7 0 0 1 14 0v11h-4V15a3 3 0 0 0-6 0v11z"/>'
        "</svg>\n"
    )
