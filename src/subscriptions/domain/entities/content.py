"""Text, link or file that the bot sends to customers who are entitled to it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.ids import ResourceId

CONTENT_LIMIT: Final = 3000
"""Maximum number of characters; a Telegram message holds 4096."""
_FILE: Final = re.compile(r"(document|photo):([A-Za-z0-9_-]{10,200})")
_LINK: Final = re.compile(r"https://[^\s]+")


class ContentForm(StrEnum):
    """Form of a content item. Documents and photos are separate forms because the Bot API does not accept a file id of
    one form for the other (core.telegram.org/bots/api#sending-files).
    """

    TEXT = "text"
    LINK = "link"
    DOCUMENT = "document"
    PHOTO = "photo"


@dataclass(frozen=True, kw_only=True)
class Content:
    """Content of a resource of the kind `content`.

    `body`: the text, the URL, or the file's id at Telegram, which is valid only for the bot that received it.
    """

    resource_id: ResourceId
    form: ContentForm
    body: str

    @classmethod
    def parse(cls, resource_id: ResourceId, text: str) -> Self:
        """Parse `document:ID` or `photo:ID` as a file, a bare URL as a link, and anything else as a text."""
        file = _FILE.fullmatch(text)
        if file is not None:
            return cls(resource_id=resource_id, form=ContentForm(file[1]), body=file[2])
        form = ContentForm.LINK if _LINK.fullmatch(text) else ContentForm.TEXT
        return cls(resource_id=resource_id, form=form, body=text)

    @property
    def is_file(self) -> bool:
        """Return True if `body` is a file id."""
        return self.form in {ContentForm.DOCUMENT, ContentForm.PHOTO}
