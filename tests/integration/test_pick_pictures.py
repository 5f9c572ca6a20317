"""Where the pictures of picks come from: what is fetched, what is asked again, what is refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.infrastructure.marks.pictures import FETCHED_AT_MOST, MarkedPictures
from tests.support.files_server import files_server
from tests.support.pictures import png

PICTURE = png(Image.new("RGB", (300, 200), "green"))


async def test_a_picture_is_fetched_and_made_ready() -> None:
    async with files_server({"/1.png": (200, PICTURE), "/old.png": (302, b"/1.png")}) as address:
        for path in ("/1.png", "/old.png"):
            with Image.open(io.BytesIO(await MarkedPictures().fetch(address + path))) as ready:
                assert (ready.format, ready.size) == ("JPEG", (300, 200))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, b""), Permanent),
        ((200, b"<html>no picture</html>"), Permanent),
        ((200, b""), Permanent),
        ((200, PICTURE + bytes(FETCHED_AT_MOST)), Permanent),
        ((302, b"ftp://img.example/1.png"), Permanent),
        ((302, b"/1.png"), Permanent),
        ((503, b""), RetryLater),
    ],
)
async def test_what_is_no_picture_is_refused(answer: tuple[int, bytes], error: type[Exception]) -> None:
    async with files_server({"/1.png": answer}) as address:
        with pytest.raises(error):
            await MarkedPictures().fetch(f"{address}/1.png")


async def test_where_nobody_answers_it_is_tried_again() -> None:
    async with files_server({}) as address:
        pass
    with pytest.raises(RetryLater):
        await MarkedPictures().fetch(f"{address}/1.png")
