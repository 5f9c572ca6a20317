"""Button presses, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from features.miniapp.domain import AppPress, AppPressId
from features.miniapp.ports import PRESSES_KEY
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_mini_app_press_is_stored_and_processed_once(units: Units) -> None:
    ana, bea = TelegramId(7), TelegramId(8)
    names = {"first_name": "Ana", "username": None, "language_code": "es"}
    press = AppPress(
        id=AppPressId(new_uuid()),
        person=ana,
        key="k" * 32,
        data="status",
        before=None,
        place=0,
        names=names,
        asked_at=NOON,
    )
    async with units() as uow:
        assert await uow.of(PRESSES_KEY).add_if_new(press)
        assert not await uow.of(PRESSES_KEY).add_if_new(replace(press, id=AppPressId(new_uuid())))
        assert await uow.of(PRESSES_KEY).add_if_new(replace(press, id=AppPressId(new_uuid()), person=bea))
        assert await uow.of(PRESSES_KEY).get(press.id) == press
        assert await uow.of(PRESSES_KEY).by_key(ana, press.key) == press
        assert await uow.of(PRESSES_KEY).count_waiting(ana, NOON) == 1
        shown = {"text": "<b>Plan</b>", "rows": [[{"text": "x", "data": "y"}]]}
        await uow.of(PRESSES_KEY).answer(press.id, [shown], NOON)
        await uow.of(PRESSES_KEY).answer(press.id, [], NOON)
        assert await uow.of(PRESSES_KEY).get(press.id) == replace(press, messages=[shown], answered_at=NOON)
        assert await uow.of(PRESSES_KEY).count_waiting(ana, NOON) == 0
