"""Division of a picture into cells, and the sign of each cell, for creating and reading watermarks."""

import hashlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
"""Array of brightness values from 0 to 255, row by row."""

LONGEST: Final = 1280
"""Maximum length of a picture's longer side, in pixels. Telegram scales every photo down to this size."""

_CELLS: Final = 128
_LEAST_CELL: Final = 8.0


def cells_of(width: int, height: int) -> tuple[int, int]:
    """Return the number of columns and rows of cells. In a large picture, a cell is ten pixels wide, so that the
    watermark survives JPEG compression.
    """
    cell = max(_LEAST_CELL, max(width, height) / _CELLS)
    return max(1, round(width / cell)), max(1, round(height / cell))


def signs(seed: bytes, columns: int, rows: int) -> Plane:
    """Return the sign of each cell for a seed: +1 for lighter or -1 for darker. The signs cannot be predicted without
    the seed.
    """
    random_bytes = hashlib.shake_256(seed + b"picture").digest((columns * rows + 7) // 8)
    bits = np.unpackbits(np.frombuffer(random_bytes, np.uint8))[: columns * rows]
    return bits.reshape(rows, columns).astype(np.float32) * 2 - 1


def plane_of(image: Image.Image) -> Plane:
    """Return the brightness values of a picture."""
    return np.asarray(image, np.float32)


def resize(plane: NDArray[Any], width: int, height: int) -> Plane:
    """Return a plane scaled to another size. Each resulting pixel is the mean of the area that it covers."""
    return plane_of(Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.Resampling.BOX))


def blur(plane: Plane, radius: float) -> Plane:
    """Return a plane smoothed over a radius in pixels."""
    height, width = plane.shape
    small = (max(1, round(width / radius)), max(1, round(height / radius)))
    image = Image.fromarray(plane).resize(small, Image.Resampling.BOX)
    return plane_of(image.resize((width, height), Image.Resampling.BICUBIC))


def usual_size(plane: Plane, radius: float) -> Plane:
    """Return the local root mean square of a plane's values within a radius in pixels."""
    return np.sqrt(np.maximum(blur(plane**2, radius), 0))


def likeness(one: Plane, other: Plane) -> float:
    """Return the correlation of two planes: 1 if they differ only in contrast, 0 if they are unrelated."""
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum() + 1e-6))
