"""Files that staff upload in the console for a message: their rules, and the use case that stores them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.entities.upload import Upload, UploadFacts, UploadKind
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

MEGABYTE: Final = 1_000_000
PHOTO_LIMIT: Final = 10 * MEGABYTE
"""Telegram's limit for pictures (core.telegram.org/bots/api#sending-files)."""
FILE_LIMIT: Final = 15 * MEGABYTE
"""Limit for videos and other files. Telegram's limit is 50 MB, but the file passes through memory and the database."""
NAME_LIMIT: Final = 120
KEPT: Final = 10
"""Maximum number of uploaded files stored per staff member until the form is submitted. Older files, from forms that
were never submitted, are deleted.
"""
PHOTOS: Final = ("jpg", "jpeg", "png")
VIDEOS: Final = ("mp4",)
DOCUMENTS: Final = ("pdf", "zip", "gif", "mp3", "m4a", "ogg", "txt", "csv", "docx", "xlsx", "pptx", "epub")
SUFFIXES: Final = (*PHOTOS, *VIDEOS, *DOCUMENTS)
_SIGNATURES: Final = ((PHOTOS[:2], 0, b"\xff\xd8\xff"), (PHOTOS[2:], 0, b"\x89PNG\r\n\x1a\n"), (VIDEOS, 4, b"ftyp"))
"""First bytes of the pictures and videos that Telegram can read: (suffixes, offset, bytes)."""


def upload_kind(name: str, content: bytes) -> UploadKind:
    """Return the kind of a file. Raises Wrong if its type or size is not allowed, or its content does not match its
    name.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix not in SUFFIXES:
        raise Wrong("file_type", given=name[-40:], types=", ".join(SUFFIXES).upper())
    kind = UploadKind.PHOTO if suffix in PHOTOS else UploadKind.VIDEO if suffix in VIDEOS else UploadKind.DOCUMENT
    limit = PHOTO_LIMIT if kind is UploadKind.PHOTO else FILE_LIMIT
    if len(content) > limit:
        raise too_large(limit)
    is_whole = all(content[at : at + len(start)] == start for suffixes, at, start in _SIGNATURES if suffix in suffixes)
    if not content or not is_whole:
        raise Wrong("file_damaged", given=name[-40:], type=suffix.upper())
    return kind


def too_large(limit: int = FILE_LIMIT) -> Wrong:
    """Return the error for a file beyond the limit in bytes."""
    return Wrong("file_size", limit=str(limit // MEGABYTE))


@dataclass(frozen=True)
class KeepUpload:
    """Use case that stores a file for the operation that will send it."""

    units: UnitOfWorkFactory
    clock: Clock

    async def store(self, actor: TelegramId, operation: UUID, name: str, content: bytes) -> UploadFacts:
        """Store a file and replace the operation's earlier one. The caller has checked the permission for the command
        that will send the file. The oldest files beyond `KEPT` are deleted. Raises Wrong for an unsuitable file.
        """
        short = name.replace("\\", "/").rpartition("/")[2][-NAME_LIMIT:]
        kind = upload_kind(short, content)
        facts = UploadFacts(id=operation, owner=actor, kind=kind, name=short, size=len(content))
        async with self.units() as uow:
            await uow.uploads.save(Upload(facts=facts, content=content, created_at=self.clock.now()))
            await uow.uploads.keep_newest(actor, KEPT)
            await uow.commit()
        return facts

    async def facts(self, actor: TelegramId, operation: UUID) -> UploadFacts | None:
        """Return the file that this staff member stored for an operation. Return None if there is none."""
        async with self.units() as uow:
            facts = await uow.uploads.facts(operation)
        return facts if facts is not None and facts.owner == actor else None

    async def drop(self, actor: TelegramId, operation: UUID) -> None:
        """Delete the file that this staff member stored for an operation."""
        async with self.units() as uow:
            facts = await uow.uploads.facts(operation)
            if facts is not None and facts.owner == actor:
                await uow.uploads.remove(operation)
                await uow.commit()
