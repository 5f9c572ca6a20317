"""Pictures of picks: fetched once, a copy for each customer, and what a leaked one shows."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from features.marks.domain.pictures import PickPicture
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PickId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class NoPicture(UmbralError):
    """What leaked is no picture that can be read."""


class PictureTooSmall(UmbralError):
    """So few pixels show no mark."""


class PictureTooLarge(UmbralError):
    """More than is looked at."""


class LeakedPicture(Protocol):
    """A leaked picture that was opened."""

    async def likeness(self, original: bytes) -> float:
        """How much of it looks like a part of an original; comparable between originals, and quick."""
        ...

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        """How the leak goes with each seed's copy, as `picture_fits` takes it; None where it is another picture."""
        ...


class PickPictures(Protocol):
    """Fetches, marks and reads pictures."""

    async def fetch(self, url: str) -> bytes:
        """The picture as all copies are made from it. Raises RetryLater, or Permanent for what is no picture."""
        ...

    async def mark_copy(self, original: bytes, seed: bytes) -> bytes:
        """One customer's copy, as JPEG."""
        ...

    async def open(self, leak: bytes) -> LeakedPicture:
        """Raises NoPicture, PictureTooSmall, PictureTooLarge."""
        ...


OpenPictures = Callable[[], PickPictures]


class PictureRepository(Protocol):
    """The pictures from which copies are made, for as long as they are kept."""

    async def picture(self, pick_id: PickId) -> PickPicture | None:
        """Return what the copies of a pick's picture are made from, None where nothing is kept."""
        ...

    async def add_if_new(self, picture: PickPicture) -> bool:
        """Return False where this pick's copies are made from another picture."""
        ...

    async def newest(self, limit: int) -> Sequence[PickId]:
        """Return picks whose picture is kept, the newest first."""
        ...


PICTURES_KEY: Final = RepositoryKey["PictureRepository"]("pictures")
