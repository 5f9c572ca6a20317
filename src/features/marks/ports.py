"""Ports for pictures of posts: the adapter that fetches, marks and reads them, and the repository of originals."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from features.marks.domain.pictures import PickPicture
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PickId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class NoPicture(UmbralError):
    """The leaked file is not a readable picture."""


class PictureTooSmall(UmbralError):
    """The leaked picture is too small to show a mark."""


class PictureTooLarge(UmbralError):
    """The leaked file exceeds the maximum size examined."""


class LeakedPicture(Protocol):
    """An opened leaked picture."""

    async def likeness(self, original: bytes) -> float:
        """Return the similarity with a part of an original, comparable between originals. Fast."""
        ...

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """Return the correlation of the leak with each seed's copy, for `picture_fits`; None if it is a different
        picture.
        """
        ...


class PickPictures(Protocol):
    """Fetches, marks and reads pictures."""

    async def fetch(self, url: str) -> bytes:
        """Return the original from which all copies are made. Raises RetryLater, and Permanent if it is not
        a picture.
        """
        ...

    async def mark_copy(self, original: bytes, seed: bytes) -> bytes:
        """Return a customer's copy, as JPEG."""
        ...

    async def open(self, leak: bytes) -> LeakedPicture:
        """Open a leaked picture. Raises NoPicture, PictureTooSmall, PictureTooLarge."""
        ...


OpenPictures = Callable[[], PickPictures]


class PictureRepository(Protocol):
    """Originals of posts' pictures, for as long as they are kept."""

    async def picture(self, pick_id: PickId) -> PickPicture | None:
        """Return the original of a post's picture; None if it is not kept."""
        ...

    async def add_if_new(self, picture: PickPicture) -> bool:
        """Add an original. Return False if the post's copies are made from another one."""
        ...

    async def newest(self, limit: int) -> Sequence[PickId]:
        """Return the posts whose original picture is kept, the newest first."""
        ...


PICTURES_KEY: Final = RepositoryKey["PictureRepository"]("pictures")
