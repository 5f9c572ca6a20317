"""Repository of the operator's custom texts."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.custom_text import CustomText, TextId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import custom_texts
from subscriptions.infrastructure.repositories.store import TableStore, Unit

TEXT: Final = RowMapper(CustomText)


class SqlTextRepository:
    """TextRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._texts = TableStore(unit, custom_texts, TEXT)

    async def stamp(self) -> str:
        """Return a text that changes whenever a custom text changes: the number of texts and the time of the last
        change.
        """
        statement = select(func.count(), func.max(custom_texts.c.changed_at)).select_from(custom_texts)
        count, changed_at = (await self._unit.connection.execute(statement)).one()
        return f"{count} {changed_at}"

    async def all(self) -> Sequence[CustomText]:
        """Return all custom texts, ordered by language and key."""
        return await self._texts.many(order=(custom_texts.c.language, custom_texts.c.key))

    async def get(self, text_id: TextId) -> CustomText | None:
        return await self._texts.one(language=text_id.language, key=text_id.key)

    async def save(self, text: CustomText) -> None:
        """Save a text, replacing the earlier one."""
        new = insert(custom_texts).values(TEXT.to_row(text))
        values = {"text": new.excluded.text, "changed_at": new.excluded.changed_at}
        await self._unit.connection.execute(new.on_conflict_do_update(index_elements=["language", "key"], set_=values))

    async def remove(self, text_id: TextId) -> bool:
        """Delete a text. Return False if it does not exist."""
        mine = (custom_texts.c.language == text_id.language) & (custom_texts.c.key == text_id.key)
        return (await self._unit.connection.execute(delete(custom_texts).where(mine))).rowcount > 0
