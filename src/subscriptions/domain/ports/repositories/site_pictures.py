"""Repository of the pictures on the public pages."""

from typing import Protocol

from subscriptions.domain.entities.site_picture import PictureFacts, SitePicture


class SitePictureRepository(Protocol):
    """Repository of pictures, at most one per name."""

    async def facts(self, name: str) -> PictureFacts | None:
        """Return a picture's metadata without reading its content; None if there is no such picture."""
        ...

    async def get(self, name: str) -> SitePicture | None: ...
    async def save(self, picture: SitePicture) -> None:
        """Save a picture and replace the earlier one."""
        ...

    async def remove(self, name: str) -> bool:
        """Delete a picture. Return False if there is none."""
        ...
