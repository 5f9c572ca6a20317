"""Repository of the originals of posts' pictures in PostgreSQL."""

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy import select

from features.marks.domain.pictures import PickPicture
from features.marks.ports import PICTURES_KEY
from features.marks.tables import pick_pictures
from subscriptions.domain.ids import PostId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.repositories.store import TableStore, Unit

PICTURE: Final = RowMapper(PickPicture)


class SqlPictureRepository:
    """PictureRepository in PostgreSQL."""

    key: ClassVar = PICTURES_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._pictures = TableStore(unit, pick_pictures, PICTURE)

    async def picture(self, pick_id: PostId) -> PickPicture | None:
        """Implements `PictureRepository.picture`."""
        return await self._pictures.one(pick_id=pick_id)

    async def add_if_new(self, picture: PickPicture) -> bool:
        """Implements `PictureRepository.add_if_new`."""
        return await self._pictures.add_if_new(picture)

    async def newest(self, limit: int) -> Sequence[PostId]:
        """Implements `PictureRepository.newest`."""
        columns = pick_pictures.c
        newest = select(columns.pick_id).order_by(columns.created_at.desc(), columns.pick_id.desc()).limit(limit)
        return [PostId(pick_id) for pick_id in (await self._unit.connection.execute(newest)).scalars()]


REPOSITORIES: Final = (SqlPictureRepository,)
