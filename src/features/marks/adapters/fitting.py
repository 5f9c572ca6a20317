"""Alignment (registration) of a leaked picture with its original to a fraction of a pixel, by the method of Lucas and
Kanade, from coarse to fine scales.

B. D. Lucas, T. Kanade: An Iterative Image Registration Technique with an Application to Stereo Vision, IJCAI 1981.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from features.marks.adapters.grids import Plane, blur, likeness, plane_of
from features.marks.adapters.placing import Placement

_LEVELS: Final = ((192, 12), (384, 8), (640, 6))
"""Scales of the alignment, from coarse to fine: the length of the picture's longer side in pixels, and the maximum
number of steps.
"""

_LEAST_SHARED: Final = 0.05
_CONVERGENCE: Final = 0.01
_HOPELESS: Final = 0.15
"""Minimum similarity at the smallest scale. Pictures with less similarity are treated as different pictures."""


@dataclass(frozen=True)
class Fit:
    """Leaked picture, aligned with its original.

    mask: pixels that the leaked picture covers
    alike: similarity, from 0 for unrelated pictures to 1 for identical pictures
    """

    original: Plane
    leak: Plane
    mask: NDArray[np.bool_]
    alike: float


def fit(original: Image.Image, leak: Image.Image, placement: Placement) -> Fit | None:
    """Register a leaked picture with its original; None if the pictures do not match. `leak`: in Pillow's mode F."""
    best_fit = None
    for side, steps in _LEVELS:
        factor = min(1.0, side / max(original.size))
        size = (max(8, round(original.width * factor)), max(8, round(original.height * factor)))
        level = plane_of(original.convert("F").resize(size, Image.Resampling.BOX))
        factors = (size[0] / original.width, size[1] / original.height)
        estimate, scales = _brought_near(leak, placement.stretch_x / factors[0])
        step_fit = _step(level, estimate, placement.scaled_by(factors, scales), steps)
        if step_fit is None:
            return None
        placement = step_fit[0].scaled_by((1 / factors[0], 1 / factors[1]), (1 / scales[0], 1 / scales[1]))
        best_fit = step_fit[1]
        if best_fit.alike < _HOPELESS:
            break
    return best_fit


def _brought_near(leak: Image.Image, pixels: float) -> tuple[Image.Image, tuple[float, float]]:
    """Return the leaked picture resized to about the size of the original, with the horizontal and vertical resizing
    factors.
    `pixels`: number of the leaked picture's pixels per pixel of the original.
    """
    if pixels <= 1.1:
        return leak, (1.0, 1.0)
    size = (max(8, round(leak.width / pixels)), max(8, round(leak.height / pixels)))
    return leak.resize(size, Image.Resampling.BOX), (size[0] / leak.width, size[1] / leak.height)


def _step(level: Plane, leak: Image.Image, placement: Placement, steps: int) -> tuple[Placement, Fit] | None:
    radius = max(3, max(level.shape) // 30)
    detail = level - blur(level, radius)
    slopes = np.gradient(detail)
    overlap = _project(level, leak, placement)
    for _ in range(steps):
        if overlap is None:
            return None
        move = _move(detail, slopes, overlap[0] - blur(overlap[0], radius), overlap[1])
        placement = placement.shift(*move)
        overlap = _project(level, leak, placement)
        if max(abs(move[0]) * level.shape[1], abs(move[1]), abs(move[2]) * level.shape[0], abs(move[3])) < _CONVERGENCE:
            break
    if overlap is None:
        return None
    plane, mask = overlap
    alike = likeness(detail[mask], (plane - blur(plane, radius))[mask])
    return placement, Fit(level, plane, mask, alike)


def _project(level: Plane, leak: Image.Image, placement: Placement) -> tuple[Plane, NDArray[np.bool_]] | None:
    """Return the leaked picture in the original's coordinates, with the mask of its content; None if it covers too
    little of the original. Outside the leaked picture, the original's pixels are used.
    """
    height, width = level.shape
    transform = (placement.stretch_x, 0.0, placement.shift_x, 0.0, placement.stretch_y, placement.shift_y)
    plane = plane_of(leak.transform((width, height), Image.Transform.AFFINE, transform, Image.Resampling.BICUBIC))
    x = placement.stretch_x * (np.arange(width) + 0.5) + placement.shift_x
    y = placement.stretch_y * (np.arange(height) + 0.5) + placement.shift_y
    mask = ((y > 1) & (y < leak.height - 1))[:, None] & ((x > 1) & (x < leak.width - 1))[None]
    if mask.mean() < _LEAST_SHARED:
        return None
    return np.where(mask, plane, level).astype(np.float32), mask


def _move(
    detail: Plane, slopes: Sequence[Plane], plane_moved: Plane, mask: NDArray[np.bool_]
) -> tuple[float, float, float, float]:
    """Return the change of position and scale that aligns the pictures best, calculated by weighted least squares."""
    height, width = detail.shape
    rows, columns = np.nonzero(mask)
    x, y = (columns + 0.5) / width - 0.5, (rows + 0.5) / height - 0.5
    steep_y, steep_x = (slope[mask] for slope in slopes)
    leak_detail, plane_detail = detail[mask], plane_moved[mask]
    gap = leak_detail - plane_detail * ((leak_detail * plane_detail).sum() / ((plane_detail**2).sum() + 1e-6))
    usual = 1.4826 * float(np.median(np.abs(gap))) + 0.5
    trust = 1 / (1 + (gap / (2 * usual)) ** 2)
    effects = np.stack([steep_x * x, steep_x, steep_y * y, steep_y], axis=1)
    weighted_effects = effects * trust[:, None]
    normal = weighted_effects.T @ effects
    normal += np.eye(4) * (1e-4 * np.trace(normal) / 4 + 1e-9)
    grow_x, move_x, grow_y, move_y = (float(each) for each in np.linalg.solve(normal, weighted_effects.T @ gap))
    return grow_x / width, move_x - grow_x / 2, grow_y / height, move_y - grow_y / 2
