"""Repository of the pictures on the public pages."""

from typing import Any, Final

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.site_picture import PictureFacts, SitePicture
from subscriptions.infrastructure.database.tables import site_pictures
from subscriptions.infrastructure.repositories.store import Unit

_FACTS: Final = ("media_type", "width", "height", "size", "digest")


class SqlSitePictureRepository:
    """SitePictureRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def facts(self, name: str) -> PictureFacts | None:
        columns = [site_pictures.c[each] for each in _FACTS]
        row = (await self._unit.connection.execute(select(*columns).where(site_pictures.c.name == name))).one_or_none()
        return _facts(row) if row is not None else None

    async def get(self, name: str) -> SitePicture | None:
        row = (
            await self._unit.connection.execute(select(site_pictures).where(site_pictures.c.name == name))
        ).one_or_none()
        if row is None:
            return None
        return SitePicture(name=row.name, facts=_facts(row), content=bytes(row.content), changed_at=row.changed_at)

    async def save(self, picture: SitePicture) -> None:
        """Save a picture, replacing the earlier one."""
        values = {name: getattr(picture.facts, name) for name in _FACTS}
        values |= {"content": picture.content, "changed_at": picture.changed_at}
        new = insert(site_pictures).values(name=picture.name, **values)
        await self._unit.connection.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))

    async def remove(self, name: str) -> bool:
        """Delete a picture. Return False if it does not exist."""
        return (
            await self._unit.connection.execute(delete(site_pictures).where(site_pictures.c.name == name))
        ).rowcount > 0


def _facts(row: Row[Any]) -> PictureFacts:
    return PictureFacts(**{name: getattr(row, name) for name in _FACTS})
