"""Content of a Telegram update that remains stored after the update was processed."""

from __future__ import annotations

import pytest

from subscriptions.application.inbox.bot_updates import WorkUpdates
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.inbox import StoredUpdate
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

CODE = "Q7WXA2ZK9M4B1CDE"
TYPED = {
    "a link": {"message": {"text": f"/start {CODE}", "chat": {"id": 7}}},
    "typed": {"message": {"text": CODE.lower(), "chat": {"id": 7}}},
    "a code with spaces": {"message": {"text": " q7wx a2zk 9m4b 1cde ", "chat": {"id": 7}}},
    "a code in a sentence": {"message": {"text": f"mi código es {CODE}.", "chat": {"id": 7}}},
    "a button": {"callback_query": {"data": f"token:{CODE}", "from": {"id": 7}, "message": {"text": "?"}}},
    "a message with a shown link": {
        "callback_query": {"data": "x", "message": {"text": f"https://t.me/shop_bot?start={CODE}", "entities": []}}
    },
}


@pytest.mark.parametrize("how", TYPED)
async def test_activation_code_in_a_finished_update_is_shortened_to_four_letters(units: Units, how: str) -> None:
    update = StoredUpdate(bot_id=1, update_id=5, chat_key=7, payload=TYPED[how], received_at=NOON)
    async with units() as uow:
        await uow.updates.add_new([update])
        work = WorkUpdates(uow.updates, ManualClock())
        [waiting] = await work.list_waiting(1, 7)
        assert waiting.payload == TYPED[how], "until then it is as it came"
        await work.finish(waiting)
        [kept] = await uow.personal_data.list_rows(TelegramId(7), None)
    said = str(kept.rows[0]["payload"]).replace(" ", "").upper()
    assert CODE not in said
    assert CODE[8:] not in said
    assert "Q7WX…" in said


async def test_update_without_activation_code_is_stored_unchanged(units: Units) -> None:
    said = {"message": {"text": "Responsabilidades 1234567890123456789, arrepentimientos", "chat": {"id": 7}}}
    update = StoredUpdate(bot_id=1, update_id=5, chat_key=7, payload=said, received_at=NOON)
    async with units() as uow:
        await uow.updates.add_new([update])
        await WorkUpdates(uow.updates, ManualClock()).finish(update)
        [kept] = await uow.personal_data.list_rows(TelegramId(7), None)
    assert kept.rows[0]["payload"] == said
