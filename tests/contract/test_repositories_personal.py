"""Personal data of one customer and its erasure, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.messages.channel_messages import JoinedMessage
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.people import Record
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


def update(number: int, chat: int) -> StoredUpdate:
    """Create a Telegram update of a chat."""
    return StoredUpdate(bot_id=1, update_id=number, chat_key=chat, payload={"text": "hola"}, received_at=NOON)


def reported(key: str, who: TelegramId) -> Notification:
    """Create a notification that has been sent."""
    owed = Notification.owe(JoinedMessage(plan_name="Retabet", until=NOON), key, who, "es", NOON)
    owed.sent_at = NOON
    return owed


async def test_erased_customer_can_return(units: Units) -> None:
    ana, bea = samples.customer(), samples.customer()
    async with units() as uow:
        for number, who in enumerate((ana, bea)):
            await uow.customers.save(who)
            await uow.updates.add_new([update(number, who.telegram_id)])
            await uow.notifications.add_if_new(reported(str(number), who.telegram_id))
        assert await uow.personal_data.busy(ana.telegram_id)
        await uow.updates.finish(1, 0, NOON)
        assert not await uow.personal_data.busy(ana.telegram_id)
        held = {each.table: each.rows for each in await uow.personal_data.list_rows(ana.telegram_id, ana)}
        assert {table: len(rows) for table, rows in held.items()} == {
            "bot_updates": 1,
            "notifications": 1,
            "customers": 1,
        }
        assert held["customers"][0]["first_name"] == ana.first_name
        changed = await uow.personal_data.erase(ana.telegram_id, ana, ana.stand_in, NOON)
        assert changed == {"bot_updates": 1, "notifications": 1, "customers": 1}
        await uow.commit()
    async with units() as uow:
        assert await uow.customers.by_telegram_id(ana.telegram_id) is None
        left = await uow.customers.get(ana.id)
        assert left is not None
        assert (left.is_forgotten, left.reachable, left.mention) == (True, False, "—")
        assert await uow.customers.add_if_new(samples.customer(telegram_id=ana.telegram_id))
        assert await uow.customers.get(bea.id) == bea
        assert await uow.personal_data.list_rows(bea.telegram_id, bea)


@pytest.mark.parametrize("name", ["Retabet", "Ana", "message", "false"])
async def test_erasure_keeps_messages_of_others_that_mention_the_customers_name(units: Units, name: str) -> None:
    who, bea = samples.customer(first_name=name, username=None), samples.customer(first_name="Beatriz")
    kept = reported("1", bea.telegram_id)
    async with units() as uow:
        for each in (who, bea):
            await uow.customers.save(each)
        message = {"from": {"id": bea.telegram_id, "is_bot": False}, "text": "¿Cómo va Retabet, y el Análisis de Ana?"}
        await uow.updates.add_new([replace(update(1, bea.telegram_id), payload={"message": message})])
        await uow.updates.finish(1, 1, NOON)
        await uow.notifications.add_if_new(kept)
        assert await uow.personal_data.erase(who.telegram_id, who, who.stand_in, NOON) == {"customers": 1}
        assert await uow.notifications.by_key(kept.key) == kept
        # A second delivery of the same update is recognized.
        assert not await uow.updates.add_new([update(1, bea.telegram_id)])


async def test_finished_records_are_pruned_after_their_retention_time(units: Units) -> None:
    entry = samples.inbox_entry(status=InboxStatus.APPLIED, handled_at=NOON)
    waiting = samples.inbox_entry()
    async with units() as uow:
        for number in range(2):
            await uow.updates.add_new([update(number, 7)])
        await uow.updates.finish(1, 0, NOON)
        sent, owed = reported("1", TelegramId(7)), reported("2", TelegramId(7))
        owed.sent_at = None
        for each in (sent, owed):
            await uow.notifications.add_if_new(each)
        for each in (entry, waiting):
            await uow.inbox.add_if_new(each)
        kinds = (Record.UPDATES, Record.NOTIFICATIONS, Record.WEBHOOK_BODIES)
        assert [await uow.personal_data.prune(kind, NOON + DAY, DAY, 10) for kind in kinds] == [0, 0, 0]
        later = NOON + DAY + timedelta(seconds=1)
        assert [await uow.personal_data.prune(kind, later, DAY, 10) for kind in kinds] == [1, 1, 1]
        assert [await uow.personal_data.prune(kind, later, DAY, 10) for kind in kinds] == [0, 0, 0]
        assert [each.update_id for each in await uow.updates.open_in_chat(1, 7, 10)] == [1]
        # The notification's key stays; its recipient and parameters are gone.
        kept = await uow.notifications.by_key(sent.key)
        assert kept is not None
        assert (kept.recipient, kept.params) == (0, {})
        assert await uow.notifications.by_key(owed.key) == owed
        bodies = [await uow.inbox.get(each.id) for each in (entry, waiting)]
        assert [each and each.body for each in bodies] == [b"", waiting.body]


async def test_texts_are_pruned_with_their_messages_except_those_kept_as_evidence(units: Units) -> None:
    kinds = (MessageKind.JOINED, MessageKind.TERMS_CHANGED)
    sent = [replace(reported(kind, TelegramId(7)), kind=kind, text="Las palabras enviadas") for kind in kinds]
    async with units() as uow:
        for each in sent:
            await uow.notifications.add_if_new(each)
        later = NOON + DAY + timedelta(seconds=1)
        assert await uow.personal_data.prune(Record.NOTIFICATIONS, later, DAY, 10) == 1
        kept = [await uow.notifications.by_key(each.key) for each in sent]
        assert [each and (each.recipient, each.text) for each in kept] == [(0, None), (7, "Las palabras enviadas")]
