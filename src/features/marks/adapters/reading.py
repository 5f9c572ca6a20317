"""Reading of the watermark in a leaked picture."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from features.marks.adapters.copies import PIXELS_AT_MOST, UNREADABLE
from features.marks.adapters.fitting import Fit, fit
from features.marks.adapters.grids import Plane, blur, cells_of, resize, signs, usual_size
from features.marks.adapters.placing import Finder
from features.marks.ports import NoPicture, PictureTooLarge, PictureTooSmall

BYTES_AT_MOST: Final = 20_000_000
"""Maximum size in bytes of a file that a bot can download: core.telegram.org/bots/api#getfile."""

SIDE_AT_LEAST: Final = 100
_LOOKED_AT: Final = 2560
_GLANCED_AT: Final = 160
_ALIKE: Final = 0.4
_OUTLIERS: Final = 3.0
_WHOLE: Final = 0.9


class Leak:
    """Leaked picture, opened for comparison with originals."""

    def __init__(self, picture: bytes) -> None:
        self._finder = Finder(_open(picture))

    def likeness(self, original: bytes) -> float:
        """Implements `LeakedPicture.likeness`."""
        return self._finder.locate(_light(original, _GLANCED_AT))[0]

    def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """Implements `LeakedPicture.correlations`."""
        light = _light(original)
        estimate = self._finder.refine(light, self._finder.locate(light)[1])
        best_fit = fit(light, self._finder.leak, estimate)
        if best_fit is None or best_fit.alike < _ALIKE:
            return None
        cells = cells_of(*light.size)
        brightness = _brightness(best_fit, *cells)
        size = float(np.sqrt((brightness**2).sum()))
        return [float((signs(seed, *cells) * brightness).sum()) / (size or 1.0) for seed in seeds]


def _open(picture: bytes) -> Image.Image:
    if len(picture) >= BYTES_AT_MOST:
        raise PictureTooLarge(f"more than {BYTES_AT_MOST // 1_000_000} MB")
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > PIXELS_AT_MOST:
                raise PictureTooLarge(f"{image.width} × {image.height} pixels")
            if min(image.size) < SIDE_AT_LEAST:
                raise PictureTooSmall(f"{image.width} × {image.height} pixels")
            image.draft("L", (_LOOKED_AT, _LOOKED_AT))
            upright = ImageOps.exif_transpose(image).convert("RGB").convert("L")
    except UNREADABLE as error:
        raise NoPicture("not a picture that can be read") from error
    upright.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    return upright


def _light(original: bytes, side: int | None = None) -> Image.Image:
    """Return an original as a grayscale picture. `side`: approximate maximum length of the longer side in pixels; a
    smaller picture is processed faster.
    """
    with Image.open(io.BytesIO(original)) as image:
        if side is not None:
            image.draft("L", (side, side))
        return image.convert("L")


def _brightness(fit: Fit, columns: int, rows: int) -> Plane:
    """Return, for each cell, how much lighter the leaked picture is than the original, relative to the usual difference
    in the surroundings.
    """
    original, leak, mask = fit.original, fit.leak, fit.mask
    cell = original.shape[1] / columns
    fine, fine_leak = original - blur(original, 3 * cell), leak - blur(leak, 3 * cell)
    contrast = float((fine * fine_leak)[mask].sum() / ((fine**2)[mask].sum() + 1e-6))
    more = np.where(mask, fine_leak - contrast * fine, 0.0)
    is_visible = resize(mask, columns, rows) > _WHOLE
    cells = resize(more, columns, rows)
    usual = usual_size(cells, 6) + 0.1
    return np.where(is_visible, np.clip(cells / usual, -_OUTLIERS, _OUTLIERS), 0.0).astype(np.float32)
