"""Repository of files that staff uploaded and the bot has not sent to Telegram yet."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.upload import Upload, UploadFacts, UploadKind
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.database.tables import uploads
from subscriptions.infrastructure.repositories.store import Unit

_FACTS: Final = ("id", "owner", "kind", "name", "size", "refused")


class SqlUploadRepository:
    """UploadRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def facts(self, upload_id: UUID) -> UploadFacts | None:
        columns = [uploads.c[each] for each in _FACTS]
        row = (await self._unit.connection.execute(select(*columns).where(uploads.c.id == upload_id))).one_or_none()
        return _facts(row) if row is not None else None

    async def get(self, upload_id: UUID) -> Upload | None:
        row = (await self._unit.connection.execute(select(uploads).where(uploads.c.id == upload_id))).one_or_none()
        if row is None:
            return None
        return Upload(facts=_facts(row), content=bytes(row.content), created_at=row.created_at)

    async def save(self, upload: Upload) -> None:
        """Save an upload, replacing an earlier upload of the same person with the same id. Another person's upload with
        that id is kept.
        """
        values = {name: getattr(upload.facts, name) for name in _FACTS if name != "id"}
        values |= {"kind": upload.facts.kind.value, "content": upload.content, "created_at": upload.created_at}
        new = insert(uploads).values(id=upload.facts.id, **values)
        own = uploads.c.owner == upload.facts.owner
        await self._unit.connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values, where=own))

    async def refuse(self, upload_id: UUID, reason: str) -> None:
        await self._unit.connection.execute(update(uploads).where(uploads.c.id == upload_id).values(refused=reason))

    async def keep_newest(self, owner: TelegramId, most: int) -> int:
        own = select(uploads.c.id).where(uploads.c.owner == owner)
        older = own.order_by(uploads.c.created_at.desc(), uploads.c.id).offset(most)
        return (await self._unit.connection.execute(delete(uploads).where(uploads.c.id.in_(older)))).rowcount

    async def remove(self, upload_id: UUID) -> bool:
        return (await self._unit.connection.execute(delete(uploads).where(uploads.c.id == upload_id))).rowcount > 0


def _facts(row: Row[Any]) -> UploadFacts:
    return UploadFacts(
        id=row.id,
        owner=TelegramId(row.owner),
        kind=UploadKind(row.kind),
        name=row.name,
        size=row.size,
        refused=row.refused,
    )
