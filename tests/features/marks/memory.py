"""In-memory repository of the originals of watermarked pictures."""

from __future__ import annotations

from collections.abc import Sequence

from features.marks.domain.pictures import PickPicture
from subscriptions.domain.ids import PostId
from tests.fakes.memory import Rows, Working


class MemoryPictureRows:
    """In-memory PictureRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[PickPicture] = Rows(working, "pick_pictures", lambda p: p.pick_id)

    async def picture(self, pick_id: PostId) -> PickPicture | None:
        return self._rows.one(lambda p: p.pick_id == pick_id)

    async def add_if_new(self, picture: PickPicture) -> bool:
        return self._rows.add_if_new(picture)

    async def newest(self, limit: int) -> Sequence[PostId]:
        kept = self._rows.many(lambda _: True, order=lambda p: (p.created_at, p.pick_id))
        return [picture.pick_id for picture in kept[::-1][:limit]]


REPOSITORIES = {"pictures": MemoryPictureRows}
