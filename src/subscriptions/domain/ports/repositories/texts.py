"""Repository of the operator's custom texts."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_text import CustomText, TextId


class TextRepository(Protocol):
    """Repository of custom texts, at most one per key and language."""

    async def stamp(self) -> str:
        """Return a value that changes whenever a custom text changes."""
        ...

    async def all(self) -> Sequence[CustomText]:
        """Return all custom texts, by language and key."""
        ...

    async def get(self, text_id: TextId) -> CustomText | None: ...
    async def save(self, text: CustomText) -> None:
        """Save a text and replace the earlier one."""
        ...

    async def remove(self, text_id: TextId) -> bool:
        """Delete a text. Return False if there is none."""
        ...
