"""Screenshots of the three steps on the landing page, shown if the files exist."""

import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from web.paths import STATIC, asset

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """Image with its size in pixels, so that the page's layout does not change when it loads."""

    url: str
    width: int
    height: int


@cache
def step_pictures() -> tuple[Picture | None, ...]:
    """Return the picture of each step, or None for a step without a picture."""
    return tuple(_picture(f"img/step-{number}.png") for number in (1, 2, 3))


def _picture(name: str) -> Picture | None:
    size = png_size(STATIC / name)
    return Picture(asset(name), *size) if size else None


def png_size(path: Path) -> tuple[int, int] | None:
    """Return the width and height of a PNG, or None if the file does not exist or is not a PNG."""
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except FileNotFoundError:
        return None
    if len(head) < 24 or not head.startswith(_SIGNATURE):
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height
