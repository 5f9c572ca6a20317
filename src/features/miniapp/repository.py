"""Repository of button presses in the Mini App, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select, update

from features.miniapp.domain import AppPress, AppPressId
from features.miniapp.ports import PRESSES_KEY
from features.miniapp.tables import app_presses
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.database.mapping import RowMapper, storable
from subscriptions.infrastructure.repositories.store import Repository

_P: Final = app_presses.c
_PRESS: Final = RowMapper(AppPress)


class SqlAppPressRepository(Repository[AppPressId, AppPress]):
    """AppPressRepository in PostgreSQL."""

    key: ClassVar = PRESSES_KEY

    table = app_presses
    mapper = _PRESS

    async def by_key(self, person: TelegramId, key: str) -> AppPress | None:
        """Return the press with the random key that its page generated; None if there is none."""
        return await self._rows.one(person=person, key=key)

    async def count_waiting(self, person: TelegramId, start: datetime) -> int:
        """Return the number of a person's unanswered presses since `start`."""
        own = (_P.person == person, _P.asked_at >= start, _P.answered_at.is_(None))
        return await self._rows.count(select(app_presses).where(*own))

    async def answer(self, press_id: AppPressId, messages: Sequence[Mapping[str, object]], at: datetime) -> None:
        """Store the answer to a press, unless an answer is already stored."""
        messages_json = storable([dict(message) for message in messages])
        statement = update(app_presses).where(_P.id == press_id, _P.answered_at.is_(None))
        await self._rows.run(statement.values(messages=messages_json, answered_at=at))


REPOSITORIES: Final = (SqlAppPressRepository,)
