"""Search for the position of an original within a leaked picture. The original may appear at any size, whole or in
part, and with any surroundings.

The position is found by phase correlation at many sizes, first coarsely, then finely. `fitting` refines the result.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from features.marks.adapters.grids import Plane, blur, likeness, plane_of, usual_size

_FRAME: Final = 256
_SMALL, _CLOSER = 64, 160
_SMALLEST, _LARGEST, _STEP = 0.45, 3.6, 1.035
_NEAR_STEPS, _NEAR_STEP = 7, 1.006
_CANDIDATES: Final = 8
_LEAST: Final = 8


@dataclass(frozen=True)
class Placement:
    """Position of an original's pixels in a leaked picture: x_leak = stretch_x · x + shift_x, and correspondingly for
    y.
    """

    stretch_x: float
    shift_x: float
    stretch_y: float
    shift_y: float

    def scaled_by(self, original: tuple[float, float], leak: tuple[float, float]) -> "Placement":
        """Return the position after both pictures were enlarged by the given factors."""
        return Placement(
            self.stretch_x * leak[0] / original[0],
            self.shift_x * leak[0],
            self.stretch_y * leak[1] / original[1],
            self.shift_y * leak[1],
        )

    def shift(self, grow_x: float, move_x: float, grow_y: float, move_y: float) -> "Placement":
        """Return the position adjusted by a change that is given in the original's pixels."""
        return Placement(
            self.stretch_x * (1 + grow_x),
            self.shift_x + self.stretch_x * move_x,
            self.stretch_y * (1 + grow_y),
            self.shift_y + self.stretch_y * move_y,
        )


NOWHERE: Final = Placement(1.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class _ScaledPicture:
    """Picture scaled by `factor`, with its normalized detail and the Fourier phases of that detail."""

    factor: float
    plane: Plane
    phases: NDArray[np.complex64]


class Finder:
    """Search for originals in a leaked picture, which is prepared at many sizes."""

    def __init__(self, leak: Image.Image) -> None:
        self.leak = leak.convert("F")
        longest = max(leak.size)
        steps = int(math.log(_LARGEST / _SMALLEST) / math.log(_STEP)) + 1
        factors = [_SMALL * _SMALLEST * _STEP**step / longest for step in range(steps)]
        shrink = min(1.0, 2 * _FRAME / longest)
        small = _in_size(self.leak, shrink)
        self._sizes = [_resize(small, factor / shrink, factor) for factor in factors]

    def locate(self, original: Image.Image) -> tuple[float, Placement]:
        """Search for an original in the leaked picture. Return the certainty of the match and the rough position."""
        factor = _SMALL / max(original.size)
        return _best_match(self._sizes, _resize(original.convert("F"), factor, factor))

    def refine(self, original: Image.Image, guess: Placement) -> Placement:
        """Refine a rough position at a higher resolution and with smaller steps of size."""
        factor = _CLOSER / max(original.size)
        part, x, top = self._part(original, guess)
        factors = [factor / guess.stretch_x * _NEAR_STEP**step for step in range(-_NEAR_STEPS, _NEAR_STEPS + 1)]
        sizes = [_resize(part, each, each) for each in factors]
        _, placement = _best_match(sizes, _resize(original.convert("F"), factor, factor))
        return Placement(placement.stretch_x, placement.shift_x + x, placement.stretch_y, placement.shift_y + top)

    def _part(self, original: Image.Image, guess: Placement) -> tuple[Image.Image, int, int]:
        """Return the part of the leaked picture that can contain the original, with the coordinates of the part's upper
        left corner.
        """
        room = 0.1 * guess.stretch_x * max(original.size)
        x, top = max(0, int(guess.shift_x - room)), max(0, int(guess.shift_y - room))
        right = min(self.leak.width, int(guess.shift_x + guess.stretch_x * original.width + room))
        bottom = min(self.leak.height, int(guess.shift_y + guess.stretch_y * original.height + room))
        return self.leak.crop((x, top, max(x + _LEAST, right), max(top + _LEAST, bottom))), x, top


def _best_match(sizes: Iterable[_ScaledPicture], original: _ScaledPicture) -> tuple[float, Placement]:
    candidates = [(*_peak(size, original), size) for size in sizes]
    best_match = (0.0, NOWHERE)
    for _, x, y, size in sorted(candidates, key=lambda each: each[0], reverse=True)[:_CANDIDATES]:
        for x0 in (x, x - _FRAME):
            for top in (y, y - _FRAME):
                sure = _sure(size.plane, original.plane, x0, top)
                if sure > best_match[0]:
                    stretch = original.factor / size.factor
                    best_match = (sure, Placement(stretch, x0 / size.factor, stretch, top / size.factor))
    return best_match


def _in_size(picture: Image.Image, factor: float) -> Image.Image:
    """Scale a picture by exactly this factor, cutting off pixels at the edge that are left over."""
    size = (max(_LEAST, int(picture.width * factor)), max(_LEAST, int(picture.height * factor)))
    box = (0.0, 0.0, min(picture.width, size[0] / factor), min(picture.height, size[1] / factor))
    return picture.resize(size, Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC, box=box)


def _resize(picture: Image.Image, shrink_factor: float, factor: float) -> _ScaledPicture:
    """Prepare a picture for the search.

    shrink_factor: factor by which `picture` is scaled
    factor: resulting factor from the picture's original size
    """
    plane = plane_of(_in_size(picture, shrink_factor))
    detail = plane - blur(plane, 6)
    even_detail = detail / (usual_size(detail, 8) + 4)
    rows, columns = min(_FRAME, even_detail.shape[0]), min(_FRAME, even_detail.shape[1])
    frame = np.zeros((_FRAME, _FRAME), np.float32)
    frame[:rows, :columns] = even_detail[:rows, :columns]
    spectrum = np.fft.rfft2(frame)
    strength = np.abs(spectrum)
    phases = spectrum / (strength + 1e-3 * strength.max() + 1e-9)
    return _ScaledPicture(factor, even_detail, phases.astype(np.complex64))


def _peak(leak: _ScaledPicture, original: _ScaledPicture) -> tuple[float, int, int]:
    """Return the height, x and y of the correlation's maximum, which is the best match between two pictures."""
    product = np.fft.irfft2(leak.phases * np.conj(original.phases), s=(_FRAME, _FRAME))
    at = int(product.argmax())
    return float(product.flat[at]), at % _FRAME, at // _FRAME


def _sure(leak: Plane, original: Plane, x: int, top: int) -> float:
    """Return the certainty of a match: the similarity of the overlapping area, weighted by the area's size."""
    rows = slice(max(0, top), min(leak.shape[0], top + original.shape[0]))
    columns = slice(max(0, x), min(leak.shape[1], x + original.shape[1]))
    if rows.stop - rows.start < _LEAST or columns.stop - columns.start < _LEAST:
        return 0.0
    leak_part = leak[rows, columns]
    original_part = original[rows.start - top : rows.stop - top, columns.start - x : columns.stop - x]
    return likeness(leak_part - leak_part.mean(), original_part - original_part.mean()) * math.sqrt(leak_part.size)
