"""In-memory repository of the public pages' pictures."""

from __future__ import annotations

from subscriptions.domain.entities.site_picture import PictureFacts, SitePicture
from tests.fakes.memory import Rows, Working


class MemorySitePictures:
    """In-memory SitePictureRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[SitePicture] = Rows(working, "site_pictures", lambda picture: picture.name)

    async def facts(self, name: str) -> PictureFacts | None:
        picture = await self.get(name)
        return picture.facts if picture is not None else None

    async def get(self, name: str) -> SitePicture | None:
        return self._rows.one(lambda picture: picture.name == name)

    async def save(self, picture: SitePicture) -> None:
        self._rows.save(picture)

    async def remove(self, name: str) -> bool:
        return self._rows.remove(lambda picture: picture.name == name) > 0
