"""What marking and reading share: the cells a picture is divided into, and their signs."""

import hashlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
"""Brightness, 0 to 255, row by row."""

LONGEST: Final = 1280
"""Pixels of the longer side: Telegram makes every photo as small as that."""

_CELLS: Final = 128
_LEAST_CELL: Final = 8.0


def cells_of(width: int, height: int) -> tuple[int, int]:
    """How many cells a picture has, across and down: ten pixels each in a large one, so that JPEG keeps them."""
    cell = max(_LEAST_CELL, max(width, height) / _CELLS)
    return max(1, round(width / cell)), max(1, round(height / cell))


def signs(seed: bytes, columns: int, rows: int) -> Plane:
    """One sign for each cell, which only who has the seed can know."""
    random_bytes = hashlib.shake_256(seed + b"picture").digest((columns * rows + 7) // 8)
    bits = np.unpackbits(np.frombuffer(random_bytes, np.uint8))[: columns * rows]
    return bits.reshape(rows, columns).astype(np.float32) * 2 - 1


def plane_of(image: Image.Image) -> Plane:
    """A picture's brightness."""
    return np.asarray(image, np.float32)


def resize(plane: NDArray[Any], width: int, height: int) -> Plane:
    """A plane in another size, each pixel the mean of what it covers."""
    return plane_of(Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.Resampling.BOX))


def blur(plane: Plane, radius: float) -> Plane:
    """What is left of a plane at a coarser scale."""
    height, width = plane.shape
    small = (max(1, round(width / radius)), max(1, round(height / radius)))
    image = Image.fromarray(plane).resize(small, Image.Resampling.BOX)
    return plane_of(image.resize((width, height), Image.Resampling.BICUBIC))


def usual_size(plane: Plane, radius: float) -> Plane:
    """How large the values of a plane are around each place."""
    return np.sqrt(np.maximum(blur(plane**2, radius), 0))


def likeness(one: Plane, other: Plane) -> float:
    """Their correlation: 1 for the same but for contrast, 0 for what has nothing in common."""
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum() + 1e-6))
