"""Rules for pictures that the operator uploads: the format, the size, and which parts of the file are kept.

A file is rebuilt from the parts that describe the image. Visitors receive neither a camera's data, such as the place
where a photo was taken, nor other data hidden in the file.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from subscriptions.domain.entities.site_picture import PictureFacts
from subscriptions.domain.errors import UmbralError

MOST_BYTES: Final = 400_000
LEAST_WIDTH: Final = 600
MOST_WIDTH: Final = 2400
LEAST_HEIGHT: Final = 200

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"iCCP", b"cHRM"})
_JPEG: Final = b"\xff\xd8"
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_ICC, _ADOBE, _ADOBE_BYTES = b"ICC_PROFILE\0", b"Adobe", 16
_IN_SCAN: Final = frozenset({0x00, *range(0xD0, 0xD8)})
"""Bytes that follow 0xFF within the data of a scan: an escaped 0xFF, and restart markers (ITU-T T.81, B.1.1.2)."""
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""JPEG markers of baseline, extended and progressive frames, which browsers can decode."""
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})
"""JPEG markers of Huffman tables, quantization tables and the restart interval."""
_TURNED: Final = frozenset({5, 6, 7, 8})
"""Values of the Exif tag `Orientation` that exchange width and height."""
_ORIENTATION: Final = 0x0112


class PictureRefused(UmbralError):
    """Raised if a picture cannot be used. reason: `kind`, `size`, `shape` or `damaged`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Image:
    content: bytes
    media_type: str
    width: int
    height: int


def check_picture(content: bytes) -> tuple[bytes, PictureFacts]:
    """Return the picture without metadata such as the camera's data, and its media type, dimensions, size and digest.
    Raise PictureRefused if the picture cannot be used.
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused("size")
    try:
        image = _read(content)
    except (struct.error, IndexError):
        raise PictureRefused("damaged") from None
    if not (LEAST_WIDTH <= image.width <= MOST_WIDTH and LEAST_HEIGHT <= image.height <= image.width):
        raise PictureRefused("shape")
    digest = sha256(image.content).hexdigest()
    size = len(image.content)
    return image.content, PictureFacts(
        media_type=image.media_type, width=image.width, height=image.height, size=size, digest=digest
    )


def _read(content: bytes) -> _Image:
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(_JPEG):
        return _jpeg(content)
    raise PictureRefused("kind")


def _png(content: bytes) -> _Image:
    """Read a PNG (W3C, PNG 3rd edition, 5). Animations and chunks after the end are left out."""
    kept, pieces = [_PNG], list(_chunks(content))
    if not pieces or pieces[0][0] != b"IHDR" or pieces[-1][0] != b"IEND" or all(kind != b"IDAT" for kind, _ in pieces):
        raise PictureRefused("damaged")
    kept += [whole for kind, whole in pieces if kind in _PNG_KEPT]
    width, height = struct.unpack(">II", pieces[0][1][8:16])
    return _Image(b"".join(kept), "image/png", width, height)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        whole = content[at : at + 12 + length]
        if len(whole) != 12 + length or struct.unpack(">I", whole[-4:])[0] != zlib.crc32(whole[4:-4]):
            raise PictureRefused("damaged")
        yield whole[4:8], whole
        if whole[4:8] == b"IEND":
            return
        at += 12 + length


def _jpeg(content: bytes) -> _Image:
    """Read the first image of a JPEG (ITU-T T.81, annex B). A file may hold further images, each with the camera's
    metadata, and other data after the image. Of the metadata, only the orientation is used.
    """
    kept, at, size, orientation, scans = [_JPEG], 2, None, 1, 0
    while True:
        if content[at] != 0xFF:
            raise PictureRefused("damaged")
        marker = content[at + 1]
        if marker == _EOI:
            break
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise PictureRefused("damaged")
        at += 2 + length
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", segment[5:9])
            size = width, height
        if marker == _APP1:
            orientation = _orientation(segment[4:]) or orientation
        kept.append(_kept_segment(marker, segment))
        if marker == _SOS:
            scans += 1
            end = _scan_end(content, at)
            kept.append(content[at:end])
            at = end
    if size is None or not scans:
        raise PictureRefused("damaged")
    width, height = reversed(size) if orientation in _TURNED else size
    if orientation != 1:
        kept.insert(1, _exif(orientation))
    return _Image(b"".join([*kept, bytes((0xFF, _EOI))]), "image/jpeg", width, height)


def _kept_segment(marker: int, segment: bytes) -> bytes:
    """Return what is kept of a segment: all of those that describe the image, and nothing of others."""
    if marker == _APP0 and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        # Without the thumbnail (JFIF 1.02, page 5), which may show what was cut from the image.
        return struct.pack(">BBH", 0xFF, _APP0, 16) + segment[4:16] + b"\0\0"
    if marker == _APP14 and segment[4:].startswith(_ADOBE) and len(segment) >= _ADOBE_BYTES:
        # The color transform, without what may follow it.
        return struct.pack(">BBH", 0xFF, _APP14, _ADOBE_BYTES - 2) + segment[4:_ADOBE_BYTES]
    # Others share the marker of the color profile, such as the index of the file's further images (CIPA DC-007).
    is_profile = marker == _APP2 and segment[4:].startswith(_ICC)
    return segment if is_profile or marker == _SOS or marker in _FRAMES | _TABLES else b""


def _scan_end(content: bytes, at: int) -> int:
    """Return the position of the marker that ends the data of a scan. Raises PictureRefused if there is none."""
    while (at := content.find(0xFF, at)) >= 0 and at + 1 < len(content):
        if content[at + 1] not in _IN_SCAN:
            return at
        at += 2
    raise PictureRefused("damaged")


def _orientation(segment: bytes) -> int | None:
    """Return the orientation stated in an Exif segment (Exif 2.32, 4.6.2). Return None if there is none."""
    if not segment.startswith(b"Exif\0\0") or segment[6:8] not in {b"II", b"MM"}:
        return None
    tiff, order = segment[6:], "<" if segment[6:8] == b"II" else ">"
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
    for number in range(min(count, 64)):
        entry = tiff[start + 2 + 12 * number :][:12]
        tag, _, _, value = struct.unpack(f"{order}HHIH2x", entry)
        if tag == _ORIENTATION and 1 <= value <= 8:
            return int(value)
    return None


def _exif(orientation: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
