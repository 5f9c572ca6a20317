"""Creation of watermarked copies of a picture. The copies look the same, and differ by a faint pattern of lighter and
darker cells.
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from features.marks.adapters.grids import LONGEST, blur, cells_of, plane_of, resize, signs
from subscriptions.domain.errors import Permanent

PIXELS_AT_MOST: Final = 25_000_000
"""Maximum number of pixels of a picture. Telegram allows 10,000 pixels for the sum of width and height
(core.telegram.org/bots/api#sendphoto).
"""

UNREADABLE: Final = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""Errors that Pillow raises for data that is not a picture, and for a picture designed to exhaust memory."""

_FAINTEST: Final = 1.0
_STRONGEST: Final = 2.0
_BY_TEXTURE: Final = 0.15
_ORIGINAL_QUALITY: Final = 92
_COPY_QUALITY: Final = 90


def prepare(picture: bytes) -> bytes:
    """Return the picture from which all copies are created: upright, opaque, and not larger than Telegram displays.
    Raises Permanent if the picture is unreadable or too large.
    """
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > PIXELS_AT_MOST:
                raise Permanent(f"a picture of {image.width} × {image.height} pixels is too large for a pick")
            image.draft("RGB", (2 * LONGEST, 2 * LONGEST))
            upright = ImageOps.exif_transpose(image)
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except UNREADABLE as error:
        raise Permanent("what the pick's photo_url leads to is no picture") from error
    upright.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    white = Image.new("RGBA", upright.size, "white")
    opaque = upright if upright.mode == "RGB" else Image.alpha_composite(white, upright).convert("RGB")
    buffer = io.BytesIO()
    opaque.save(buffer, "JPEG", quality=_ORIGINAL_QUALITY)
    return buffer.getvalue()


class Original:
    """Prepared original picture. It is analyzed only once for all its copies."""

    def __init__(self, picture: bytes) -> None:
        with Image.open(io.BytesIO(picture)) as image:
            self._light, *self._colours = image.convert("YCbCr").split()
        self._plane = plane_of(self._light)
        self.cells = cells_of(*self._light.size)
        mean = resize(self._plane, *self.cells)
        deviation = np.sqrt(np.maximum(resize(self._plane**2, *self.cells) - mean**2, 0))
        # Marks are less visible in busy areas. Next to an edge, they would be visible on its flat side.
        busy = np.minimum(deviation, 2 * blur(deviation, 2))
        self._strength = np.clip(_FAINTEST + _BY_TEXTURE * busy, _FAINTEST, _STRONGEST)

    def copy(self, seed: bytes) -> bytes:
        """Create the watermarked copy for a seed, as JPEG."""
        pattern = Image.fromarray((signs(seed, *self.cells) * self._strength).astype(np.float32))
        faint = plane_of(pattern.resize(self._light.size, Image.Resampling.BICUBIC))
        light = Image.fromarray(np.clip(self._plane + faint + 0.5, 0, 255).astype(np.uint8))
        buffer = io.BytesIO()
        Image.merge("YCbCr", (light, *self._colours)).save(buffer, "JPEG", quality=_COPY_QUALITY)
        return buffer.getvalue()
