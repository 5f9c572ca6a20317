"""Repository of button presses in the Mini App."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from features.miniapp.domain import AppPress, AppPressId
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class AppPressRepository(Protocol):
    """Repository of button presses in the Mini App and the chat's answers to them. A stored press is changed only by
    the process that answers it.
    """

    async def add_if_new(self, press: AppPress) -> bool:
        """Add a press. Return False if a press with this person's key is already stored."""
        ...

    async def get(self, press_id: AppPressId) -> AppPress | None: ...
    async def by_key(self, person: TelegramId, key: str) -> AppPress | None:
        """Return the press with the random key that its page generated; None if there is none."""
        ...

    async def count_waiting(self, person: TelegramId, start: datetime) -> int:
        """Return the number of a person's unanswered presses since `start`."""
        ...

    async def answer(self, press_id: AppPressId, messages: Sequence[Mapping[str, object]], at: datetime) -> None:
        """Store the chat's answer to a button press. Ignored if an answer is already stored."""
        ...


PRESSES_KEY: Final = RepositoryKey["AppPressRepository"]("presses")
