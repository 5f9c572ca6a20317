"""Download of pictures of posts: success, retries, and refusals."""

from __future__ import annotations

import io
from ipaddress import ip_network

import pytest
from PIL import Image

from features.marks.adapters.pictures import FETCHED_AT_MOST, MarkedPictures
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.infrastructure.outgoing.addresses import Addresses
from tests.features.marks.pictures import png
from tests.support.files_server import files_server

HERE = Addresses([ip_network("127.0.0.0/8")])

PICTURE = png(Image.new("RGB", (300, 200), "green"))


async def test_picture_of_a_post_is_downloaded_and_prepared() -> None:
    async with files_server({"/1.png": (200, PICTURE), "/old.png": (302, b"/1.png")}) as address:
        for path in ("/1.png", "/old.png"):
            with Image.open(io.BytesIO(await MarkedPictures(HERE).fetch(address + path))) as ready:
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
async def test_invalid_picture_is_refused(answer: tuple[int, bytes], error: type[Exception]) -> None:
    async with files_server({"/1.png": answer}) as address:
        with pytest.raises(error):
            await MarkedPictures(HERE).fetch(f"{address}/1.png")


async def test_unreachable_picture_server_is_retried() -> None:
    async with files_server({}) as address:
        pass
    with pytest.raises(RetryLater):
        await MarkedPictures(HERE).fetch(f"{address}/1.png")


@pytest.mark.parametrize("redirected", [False, True])
async def test_private_address_is_not_requested(redirected: bool) -> None:
    """The address is also refused after a redirect from a public name."""
    asked: list[str] = []

    class Outside(Addresses):
        async def resolve(self, url: str) -> str:
            asked.append(url)
            return "127.0.0.1" if "outside.example" in url else await super().resolve(url)

    async with files_server({"/1.png": (200, PICTURE)}) as address:
        private = f"{address}/1.png"
        async with files_server({"/1.png": (302, private.encode())}) as other:
            url = f"http://outside.example:{other.rpartition(':')[2]}/1.png" if redirected else private
            with pytest.raises(Permanent, match="private address"):
                await MarkedPictures(Outside((), plain=True)).fetch(url)
    assert asked == ([url, private] if redirected else [private])
