"""Repository of settings changed by the operator at run time."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_setting import CustomSetting


class SettingRepository(Protocol):
    """Repository of custom settings, at most one per name."""

    async def stamp(self) -> str:
        """Return a value that changes whenever a custom setting changes."""
        ...

    async def all(self) -> Sequence[CustomSetting]:
        """Return all custom settings, ordered by name."""
        ...

    async def get(self, name: str) -> CustomSetting | None: ...
    async def save(self, setting: CustomSetting) -> None:
        """Save a setting and replace the earlier value."""
        ...

    async def remove(self, name: str) -> bool:
        """Delete a setting. Return False if there is none."""
        ...
