"""Text customized by the operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

SEPARATOR: Final = ":"
PER_RESOURCE: Final = (
    "vip.chat.stage_1",
    "vip.stage_2",
    "vip.stage_3",
    "vip.stage_3_wait",
    "vip.chat.link",
    "vip.chat.inside",
    "vip.button.go_on",
    "vip.button.ready",
    "vip.button.cross",
)
"""Keys of the texts of the entry steps, which can be customized per resource. The general texts are those of the VIP
channel, except that the keys below `vip.chat` replace the texts that name the VIP channel.
"""
_SCOPE: Final = "@"


def scoped_key(key: str, name: str) -> str:
    """Return the key of a text for one plan or resource. `name`: slug of the plan or resource."""
    return f"{key}{_SCOPE}{name}"


def is_scoped(key: str) -> bool:
    """Return True if the text belongs to a single plan or resource."""
    return _SCOPE in key


@dataclass(frozen=True)
class TextId:
    """Identifier of a text: language and key, written as `es:plans.welcome`. A text for one plan or resource has the
    slug as a suffix: `es:record.message@retabet`.
    """

    language: str
    key: str

    def __str__(self) -> str:
        return f"{self.language}{SEPARATOR}{self.key}"

    @property
    def uuid(self) -> UUID:
        """Id of the text for chat buttons, for which the written form may be too long."""
        return uuid5(NAMESPACE_URL, f"umbral:text:{self}")

    @property
    def scope(self) -> str:
        """Slug of the plan or resource; empty for the general text."""
        return self.key.partition(_SCOPE)[2]

    @property
    def for_all(self) -> Self:
        """Return the id of the general text, which applies to all plans and resources."""
        return type(self)(self.language, self.key.partition(_SCOPE)[0])

    def for_one(self, soft_id: str) -> Self:
        """Return the id of the text for one plan or resource."""
        return type(self)(self.language, scoped_key(self.for_all.key, soft_id))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the written form. The language or key of the result is empty if the text is not a valid id."""
        language, _, key = text.partition(SEPARATOR)
        return cls(language, key)


@dataclass(frozen=True, kw_only=True)
class CustomText:
    """Operator's version of one text. `changed_at`: time of the change, by the business clock."""

    language: str
    key: str
    text: str
    changed_at: datetime

    @property
    def id(self) -> TextId:
        """Identifier of the text."""
        return TextId(self.language, self.key)
