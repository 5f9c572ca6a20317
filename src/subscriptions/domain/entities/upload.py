"""File that staff uploaded in the console, stored until the bot has sent it to Telegram."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import TelegramId


class UploadKind(StrEnum):
    """Kind of a file, which determines how Telegram shows it."""

    PHOTO = "photo"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, kw_only=True)
class UploadFacts:
    """Metadata of an upload, without its content.

    id: id of the operation that sends the file
    owner: staff member who uploaded the file
    size: in bytes
    refused: Telegram's reason if it refused the file
    """

    id: UUID
    owner: TelegramId
    kind: UploadKind
    name: str
    size: int
    refused: str | None = None


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Uploaded file with its content."""

    facts: UploadFacts
    content: bytes
    created_at: datetime
