"""A text that the operator says in words of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

SEPARATOR: Final = ":"
TIP_MESSAGE: Final = "record.message"
"""The text that tips are written by."""
PER_PLAN: Final = (TIP_MESSAGE,)
"""Texts that may be said otherwise for one plan."""
NEEDED_FACTS: Final[Mapping[str, Sequence[str]]] = {
    TIP_MESSAGE: ("event", "start", "market", "selection", "legs", "odds", "stake")
}
"""Facts that a text must name, by its key: of a tip, those that each has, which the record keeps and counts, and the
legs, which are the selections of a combined one."""
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
"""Texts that may be said otherwise for one resource: those of the ritual that leads to it. What is said for all is what
the VIP channel's ritual says, and `vip.chat` where that would name the VIP channel.
"""
_SCOPE: Final = "@"


def scoped_key(key: str, name: str) -> str:
    """The key of a text as it is said for one plan or resource. name: its soft id."""
    return f"{key}{_SCOPE}{name}"


def is_scoped(key: str) -> bool:
    """Whether a text is said for one plan or resource alone."""
    return _SCOPE in key


@dataclass(frozen=True)
class TextId:
    """Which text: its key, and the language it is in. As text it reads `es:plans.welcome`, and as it is said for one
    plan or resource, `es:record.message@retabet`."""

    language: str
    key: str

    def __str__(self) -> str:
        return f"{self.language}{SEPARATOR}{self.key}"

    @property
    def uuid(self) -> UUID:
        """The same for buttons of the chat, which have no room for more."""
        return uuid5(NAMESPACE_URL, f"umbral:text:{self}")

    @property
    def scope(self) -> str:
        """The plan or resource, by its soft id, that it is said otherwise for; empty for all."""
        return self.key.partition(_SCOPE)[2]

    @property
    def for_all(self) -> Self:
        """The same text as it is said for all of them."""
        return type(self)(self.language, self.key.partition(_SCOPE)[0])

    def for_one(self, soft_id: str) -> Self:
        """The same text as it is said for one plan or resource."""
        return type(self)(self.language, scoped_key(self.for_all.key, soft_id))

    @classmethod
    def parse(cls, text: str) -> Self:
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
