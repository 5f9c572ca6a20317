"""A text that the operator says in words of their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

SEPARATOR: Final = ":"


@dataclass(frozen=True)
class TextId:
    """Which text: its key, and the language it is in. As text it reads `es:plans.welcome`."""

    language: str
    key: str

    def __str__(self) -> str:
        return f"{self.language}{SEPARATOR}{self.key}"

    @property
    def uuid(self) -> UUID:
        """The same for buttons of the chat, which have no room for more."""
        return uuid5(NAMESPACE_URL, f"umbral:text:{self}")

    @classmethod
    def read(cls, text: str) -> Self:
        """As it reads; an empty language or key for what is none."""
        language, _, key = text.partition(SEPARATOR)
        return cls(language, key)


@dataclass(frozen=True, kw_only=True)
class CustomText:
    """The operator's words for one text. changed_at: by the business clock."""

    language: str
    key: str
    text: str
    changed_at: datetime

    @property
    def id(self) -> TextId:
        """Which text it is."""
        return TextId(self.language, self.key)
