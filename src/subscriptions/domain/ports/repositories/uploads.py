"""Repository of files that staff uploaded and the bot has not sent to Telegram yet."""

from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.upload import Upload, UploadFacts
from subscriptions.domain.ids import TelegramId


class UploadRepository(Protocol):
    """Repository of uploads. The id of an upload is the id of the staff operation that sends the file."""

    async def facts(self, upload_id: UUID) -> UploadFacts | None:
        """Return an upload's metadata without reading its content; None if there is no such upload."""
        ...

    async def get(self, upload_id: UUID) -> Upload | None: ...
    async def save(self, upload: Upload) -> None:
        """Save an upload, replacing the person's earlier upload with the same id. Nothing is saved if an upload of
        another person has this id.
        """
        ...

    async def refuse(self, upload_id: UUID, reason: str) -> None:
        """Record that Telegram refused the file."""
        ...

    async def keep_newest(self, owner: TelegramId, most: int) -> int:
        """Delete a person's oldest uploads so that at most `most` remain. Return the number of deleted uploads."""
        ...

    async def remove(self, upload_id: UUID) -> bool:
        """Delete an upload. Return False if there is none."""
        ...
