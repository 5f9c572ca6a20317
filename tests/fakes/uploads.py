"""In-memory repository of the files that staff uploaded."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from subscriptions.domain.entities.upload import Upload, UploadFacts
from subscriptions.domain.ids import TelegramId
from tests.fakes.memory import Rows, Working


class MemoryUploads:
    """In-memory UploadRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Upload] = Rows(working, "uploads", lambda upload: upload.facts.id)

    async def facts(self, upload_id: UUID) -> UploadFacts | None:
        upload = await self.get(upload_id)
        return upload.facts if upload is not None else None

    async def get(self, upload_id: UUID) -> Upload | None:
        return self._rows.one(lambda upload: upload.facts.id == upload_id)

    async def save(self, upload: Upload) -> None:
        self._rows.save(upload)

    async def refuse(self, upload_id: UUID, reason: str) -> None:
        upload = await self.get(upload_id)
        if upload is not None:
            self._rows.save(replace(upload, facts=replace(upload.facts, refused=reason)))

    async def keep_newest(self, owner: TelegramId, most: int) -> int:
        own = [upload for upload in self._rows.all() if upload.facts.owner == owner]
        older = {each.facts.id for each in sorted(own, key=lambda each: each.created_at, reverse=True)[most:]}
        return self._rows.remove(lambda upload: upload.facts.id in older)

    async def remove(self, upload_id: UUID) -> bool:
        return self._rows.remove(lambda upload: upload.facts.id == upload_id) > 0
