"""Repository of settings changed by the operator at run time."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select

from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import custom_settings
from subscriptions.infrastructure.repositories.store import TableStore, Unit

SETTING: Final = RowMapper(CustomSetting)


class SqlSettingRepository:
    """SettingRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._settings = TableStore(unit, custom_settings, SETTING)

    async def stamp(self) -> str:
        """Return a text that changes whenever a custom setting changes: the number of settings and the time of the last
        change.
        """
        statement = select(func.count(), func.max(custom_settings.c.changed_at)).select_from(custom_settings)
        count, changed_at = (await self._unit.connection.execute(statement)).one()
        return f"{count} {changed_at}"

    async def all(self) -> Sequence[CustomSetting]:
        """Return all custom settings, ordered by name."""
        return await self._settings.many(order=(custom_settings.c.name,))

    async def get(self, name: str) -> CustomSetting | None:
        return await self._settings.one(name=name)

    async def save(self, setting: CustomSetting) -> None:
        """Save a setting, replacing the earlier value."""
        await self._settings.save(setting)

    async def remove(self, name: str) -> bool:
        """Delete a setting. Return False if it does not exist."""
        mine = delete(custom_settings).where(custom_settings.c.name == name)
        return (await self._unit.connection.execute(mine)).rowcount > 0
