"""Readable colours, based on the contrast ratio defined by WCAG 2."""

from colorsys import hls_to_rgb, rgb_to_hls
from typing import Final

AA: Final = 4.5
"""Minimum contrast of normal text."""

_STEPS: Final = 50

Rgb = tuple[int, int, int]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, from 1 (equal) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, background: str, minimum: float = AA) -> str:
    """Return `colour`, or the nearest shade of the same hue that is readable on `background`."""
    end = max((0.0, 1.0), key=lambda lightness: contrast(_shade(colour, lightness), background))
    start = rgb_to_hls(*(part / 255 for part in _rgb(colour)))[1]
    shades = (_shade(colour, start + (end - start) * step / _STEPS) for step in range(1, _STEPS + 1))
    return next((shade for shade in (colour, *shades) if contrast(shade, background) >= minimum), _shade(colour, end))


def _shade(colour: str, lightness: float) -> str:
    hue, _, saturation = rgb_to_hls(*(part / 255 for part in _rgb(colour)))
    return "#" + "".join(f"{round(part * 255):02x}" for part in hls_to_rgb(hue, lightness, saturation))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: str) -> Rgb:
    digits = colour.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
