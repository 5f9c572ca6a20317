"""In-memory repository of custom settings."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.domain.entities.custom_setting import CustomSetting
from tests.fakes.memory import Rows, Working


class MemorySettings:
    """In-memory SettingRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[CustomSetting] = Rows(working, "custom_settings", lambda s: s.name)

    async def stamp(self) -> str:
        settings = self._rows.all()
        return f"{len(settings)} {max((each.changed_at for each in settings), default=None)}"

    async def all(self) -> Sequence[CustomSetting]:
        return self._rows.many(lambda _: True, order=lambda s: s.name)

    async def get(self, name: str) -> CustomSetting | None:
        return self._rows.one(lambda s: s.name == name)

    async def save(self, setting: CustomSetting) -> None:
        self._rows.save(setting)

    async def remove(self, name: str) -> bool:
        return self._rows.remove(lambda s: s.name == name) > 0
