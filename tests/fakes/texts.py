"""In-memory repository of custom texts."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.domain.entities.custom_text import CustomText, TextId
from tests.fakes.memory import Rows, Working


class MemoryTexts:
    """In-memory TextRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[CustomText] = Rows(working, "custom_texts", lambda t: (t.language, t.key))

    async def stamp(self) -> str:
        texts = self._rows.all()
        return f"{len(texts)} {max((text.changed_at for text in texts), default=None)}"

    async def all(self) -> Sequence[CustomText]:
        return self._rows.many(lambda _: True, order=lambda t: (t.language, t.key))

    async def get(self, text_id: TextId) -> CustomText | None:
        return self._rows.one(lambda t: t.id == text_id)

    async def save(self, text: CustomText) -> None:
        self._rows.save(text)

    async def remove(self, text_id: TextId) -> bool:
        return self._rows.remove(lambda t: t.id == text_id) > 0
