"""A text, a link or a file that the bot hands to whoever has a right to it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.ids import ResourceId

CONTENT_LIMIT: Final = 3000
"""Letters; a message of Telegram's has room for 4096."""
_FILE: Final = re.compile(r"(document|photo):([A-Za-z0-9_-]{10,200})")
_LINK: Final = re.compile(r"https://[^\s]+")


class ContentForm(StrEnum):
    """A file is a document or a photo: the Bot API takes the id of one not for the other
    (core.telegram.org/bots/api#sending-files)."""

    TEXT = "text"
    LINK = "link"
    DOCUMENT = "document"
    PHOTO = "photo"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one resource of the kind `content` is. body: the text, the address, or the file's id at Telegram, which is
    valid for the bot that got it and for no other."""

    resource_id: ResourceId
    form: ContentForm
    body: str

    @classmethod
    def parse(cls, resource_id: ResourceId, text: str) -> Self:
        """Read it as `written` has it: a file as `document:ID` or `photo:ID`, a link as nothing but its address."""
        file = _FILE.fullmatch(text)
        if file is not None:
            return cls(resource_id=resource_id, form=ContentForm(file[1]), body=file[2])
        form = ContentForm.LINK if _LINK.fullmatch(text) else ContentForm.TEXT
        return cls(resource_id=resource_id, form=form, body=text)

    @property
    def is_file(self) -> bool:
        """Whether `body` is the id of a file."""
        return self.form in {ContentForm.DOCUMENT, ContentForm.PHOTO}
