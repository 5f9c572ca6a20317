"""In-memory repository of button presses in the Mini App."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from features.miniapp.domain import AppPress, AppPressId
from subscriptions.domain.ids import TelegramId
from tests.fakes.memory import Rows, Working


class MemoryPresses:
    """In-memory AppPressRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[AppPress] = Rows(
            working, "app_presses", lambda p: p.id, {"one_app_press_per_key": lambda p: (p.person, p.key)}
        )

    async def add_if_new(self, press: AppPress) -> bool:
        return self._rows.add_if_new(press)

    async def get(self, press_id: AppPressId) -> AppPress | None:
        return self._rows.one(lambda p: p.id == press_id)

    async def by_key(self, person: TelegramId, key: str) -> AppPress | None:
        return self._rows.one(lambda p: (p.person, p.key) == (person, key))

    async def count_waiting(self, person: TelegramId, start: datetime) -> int:
        return sum(p.person == person and p.asked_at >= start and p.answered_at is None for p in self._rows.all())

    async def answer(self, press_id: AppPressId, messages: Sequence[Mapping[str, object]], at: datetime) -> None:
        press = self._rows.one(lambda p: p.id == press_id and p.answered_at is None, lock=True)
        if press is not None:
            self._rows.save(replace(press, messages=messages, answered_at=at))


REPOSITORIES = {"presses": MemoryPresses}
