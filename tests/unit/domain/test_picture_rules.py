"""Checks of uploaded pictures: formats, sizes, and removal of metadata."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from subscriptions.domain.services import picture_rules
from subscriptions.domain.services.picture_rules import PictureRefused, check_picture

CAMERA = "Camera of Ana"
ORIENTATION, MODEL = 0x0112, 0x0110


def picture(kind: str = "JPEG", width: int = 1200, height: int = 400, **options: Any) -> bytes:
    """Return a picture with a camera model in its metadata, if the format supports metadata."""
    file = BytesIO()
    image = Image.new("RGB", (width, height), "#0b5f66")
    exif = Image.Exif()
    exif.endian = options.pop("endian", None)
    exif[MODEL] = CAMERA
    if "orientation" in options:
        exif[ORIENTATION] = options.pop("orientation")
    image.save(file, kind, exif=exif, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "media_type", "options"),
    [
        ("PNG", "image/png", {}),
        ("JPEG", "image/jpeg", {}),
        ("JPEG", "image/jpeg", {"progressive": True, "comment": CAMERA}),
    ],
)
def test_picture_is_stored_without_metadata(kind: str, media_type: str, options: dict[str, Any]) -> None:
    given = picture(kind, **options)
    content, facts = check_picture(given + b"<script>hidden behind the picture</script>")

    assert CAMERA.encode() in given
    assert CAMERA.encode() not in content
    assert b"script" not in content
    assert (facts.media_type, facts.width, facts.height, facts.size) == (media_type, 1200, 400, len(content))
    assert opened(content).tobytes() == opened(given).tobytes()
    assert check_picture(content) == (content, facts)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segment(content: bytes, marker: int, body: bytes) -> bytes:
    """Return a JPEG with one more segment at its beginning."""
    return content[:2] + segment(marker, body) + content[2:]


@pytest.mark.parametrize(
    "given",
    [
        picture() + picture(),
        picture(progressive=True) + picture(progressive=True),
        picture() + b"PK\x03\x04" + CAMERA.encode() + b"\xff\xd9",
        picture() + CAMERA.encode() + b"\xff\xd8\xff\xd9",
        picture("PNG") + picture(),
        picture("PNG") + picture("PNG"),
        with_segment(picture(), 0xE2, b"MPF\0" + CAMERA.encode()),
        with_segment(picture(), 0xE0, b"JFXX\0" + CAMERA.encode()),
        with_segment(picture(), 0xE0, b"JFIF\0\1\2\0\0\1\0\1\2\1" + CAMERA.encode()),
        with_segment(picture(), 0xEE, CAMERA.encode()),
        with_segment(picture(), 0xEF, CAMERA.encode()),
        with_segment(picture(), 0xEE, b"Adobe\0\x64\0\0\0\0\1" + CAMERA.encode()),
        with_segment(picture(restart_marker_blocks=1), 0xED, CAMERA.encode()),
        # A segment before each scan of a progressive picture.
        picture(progressive=True).replace(b"\xff\xda", segment(0xE1, b"Exif\0\0" + CAMERA.encode()) + b"\xff\xda"),
    ],
)
@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO file")
def test_nothing_but_the_first_image_is_stored(given: bytes) -> None:
    content, facts = check_picture(given)

    assert CAMERA.encode() in given
    assert CAMERA.encode() not in content
    assert content.count(b"\xff\xd8") == content.startswith(b"\xff\xd8")
    assert opened(content).tobytes() == opened(given).tobytes()
    assert check_picture(content) == (content, facts)


@pytest.mark.parametrize("marker", [0x02, 0xBF, 0xC8, 0xDC, 0xDE, 0xDF, 0xE0, 0xE1, 0xE3, 0xED, 0xF0, 0xF7, 0xFD, 0xFE])
def test_segment_that_no_decoder_of_a_browser_needs_is_left_out(marker: int) -> None:
    plain = picture()
    assert check_picture(with_segment(plain, marker, CAMERA.encode())) == check_picture(plain)


def test_several_images_in_one_file_are_stored_as_the_first() -> None:
    file = BytesIO()
    images = [Image.new("RGB", (1200, 400), color) for color in ("#0b5f66", "#660b5f")]
    images[0].save(file, "MPO", save_all=True, append_images=images[1:])
    content, facts = check_picture(file.getvalue())

    assert b"MPF\0" in file.getvalue()
    assert b"MPF\0" not in content
    assert Image.open(BytesIO(content)).format == "JPEG"
    assert (facts.width, facts.height) == (1200, 400)


@pytest.mark.parametrize(("endian", "byte_order"), [("<", b"II"), (">", b"MM")])
def test_orientation_of_a_photo_is_preserved(endian: str, byte_order: bytes) -> None:
    given = picture(width=400, height=1200, orientation=6, endian=endian)
    content, facts = check_picture(given)

    assert b"Exif\0\0" + byte_order in given
    assert (facts.width, facts.height) == (1200, 400)
    assert dict(opened(content).getexif()) == {ORIENTATION: 6}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (picture("WEBP"), "kind"),
        (picture("GIF"), "kind"),
        (picture(width=599), "shape"),
        (picture(width=2401), "shape"),
        (picture(height=199), "shape"),
        (picture(width=800, height=801), "shape"),
        (random.Random(1).randbytes(picture_rules.MOST_BYTES + 1), "size"),
        (picture()[:700], "damaged"),
        (picture("PNG")[:-20], "damaged"),
        (b"\xff\xd8", "damaged"),
        (b"\xff\xd8\xff\xe1\x00", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND")), "damaged"),
    ],
)
def test_damaged_picture_or_picture_of_wrong_type_dimensions_or_size_is_refused_with_reason(
    given: bytes, reason: str
) -> None:
    with pytest.raises(PictureRefused) as refused:
        check_picture(given)

    assert refused.value.reason == reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_randomly_damaged_picture_raises_no_error_other_than_a_refusal(kind: str) -> None:
    given, luck = bytearray(picture(kind, 600, 200, orientation=3)), random.Random(59)
    for _ in range(400):
        damaged = bytearray(given)
        for _ in range(luck.randint(1, 4)):
            damaged[luck.randrange(2, len(damaged))] = luck.randrange(256)
        try:
            content, facts = check_picture(bytes(damaged))
        except PictureRefused:
            continue
        assert len(content) == facts.size
