"""Settings that the operator chose at run time."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_setting import CustomSetting


class SettingRepository(Protocol):
    """There is at most one of a name."""

    async def stamp(self) -> str:
        """Another one after each change of any of them."""
        ...

    async def all(self) -> Sequence[CustomSetting]:
        """By name."""
        ...

    async def get(self, name: str) -> CustomSetting | None: ...
    async def save(self, setting: CustomSetting) -> None:
        """In place of what was chosen before."""
        ...

    async def remove(self, name: str) -> bool:
        """False: there is none."""
        ...
