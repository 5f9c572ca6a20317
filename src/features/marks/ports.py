"""Ports for pictures of posts: the adapter that fetches pictures, watermarks copies and reads watermarks, and the
repository of originals.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from features.marks.domain.pictures import PickPicture
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class NoPicture(UmbralError):
    """Error: the leaked file is not a readable picture."""


class PictureTooSmall(UmbralError):
    """Error: the leaked picture is too small for its watermark to be read."""


class PictureTooLarge(UmbralError):
    """Error: the leaked file exceeds the maximum size of a picture that can be compared."""


class LeakedPicture(Protocol):
    """Leaked picture, opened for comparison with originals."""

    async def likeness(self, original: bytes) -> float:
        """Return how similar the leaked picture, or a part of it, is to an original. Values for different originals can
        be compared. The method is fast enough to be called for hundreds of originals.
        """
        ...

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """Return the correlation of the leaked picture with the copy of each seed, for `picture_fits`; None if the
        leaked picture is not a copy of the original.
        """
        ...


class PickPictures(Protocol):
    """Port that fetches the pictures of posts, watermarks copies and reads the watermarks."""

    async def fetch(self, url: str) -> bytes:
        """Fetch a post's picture, and return it as the original from which all copies are created. Raises RetryLater if
        the address is unreachable, and Permanent if the file is not a picture.
        """
        ...

    async def mark_copy(self, original: bytes, seed: bytes) -> bytes:
        """Create a customer's watermarked copy, as JPEG."""
        ...

    async def open(self, leak: bytes) -> LeakedPicture:
        """Open a leaked picture. Raises NoPicture, PictureTooSmall or PictureTooLarge if the file
        cannot be examined.
        """
        ...


OpenPictures = Callable[[], PickPictures]


class PictureRepository(Protocol):
    """Repository of the originals of posts' pictures, which are kept for a limited time."""

    async def picture(self, pick_id: PostId) -> PickPicture | None:
        """Return the original of a post's picture; None if there is none or it is no longer stored."""
        ...

    async def add_if_new(self, picture: PickPicture) -> bool:
        """Add an original. Return False if the post already has an original."""
        ...

    async def newest(self, limit: int) -> Sequence[PostId]:
        """Return the posts whose original picture is still stored, the newest first."""
        ...


PICTURES_KEY: Final = RepositoryKey["PictureRepository"]("pictures")
