"""Texts that the operator says in words of their own."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_text import CustomText, TextId


class TextRepository(Protocol):
    """There is at most one of a key and language."""

    async def stamp(self) -> str:
        """Another one after each change of any of them."""
        ...

    async def all(self) -> Sequence[CustomText]:
        """By language and key."""
        ...

    async def get(self, text_id: TextId) -> CustomText | None: ...
    async def save(self, text: CustomText) -> None:
        """In place of what was said before."""
        ...

    async def remove(self, text_id: TextId) -> bool:
        """False: there is none."""
        ...
