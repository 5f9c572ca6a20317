"""Data that is retained for a while, data that prevents an erasure, and the size limit of an export."""

from __future__ import annotations

import json
from datetime import timedelta

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import ErasePerson, Obstacle
from subscriptions.application.people.export_person import EVERY, ROWS, ExportFile, ExportPerson
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.people import Record
from tests.fakes import samples
from tests.support.lived import MAIL, NUMBER, Life, life

__all__ = ["life"]


async def test_unmatched_payment_prevents_an_erasure_until_its_alarm_is_closed(
    life: Life,
) -> None:
    now, who, shop = life.shop.clock.now(), life.person, life.shop
    await shop.cancel(who.telegram_id)
    lost = samples.event(telegram_id=NUMBER, order_id=str(new_uuid()), payment_key="pi_lost")
    entry = samples.inbox_entry(event=lost, body=MAIL.encode(), status=InboxStatus.PARKED, handled_at=now)
    alarm = Alarm.begin(f"inbox:{entry.id}", "unmatched_payment_event", {"order": "-"}, now)
    erase = ErasePerson(shop.units, shop.clock, GrantAccess(shop.policy))
    async with shop.units() as uow:
        await uow.inbox.add_if_new(entry)
        await uow.commit()
    assert (await erase.preview(who.telegram_id)).obstacle is Obstacle.REVIEW
    for closed in (None, now):
        alarm.closed_at = closed
        async with shop.units() as uow:
            await uow.alarms.add_if_new(alarm)
            await uow.alarms.save(alarm)
            pruned = await uow.personal_data.prune(
                Record.WEBHOOK_BODIES, now + timedelta(days=999), timedelta(days=1), 9
            )
            kept = await uow.inbox.get(entry.id)
            await uow.commit()
        assert kept is not None
        assert (kept.body, pruned > 0) == ((MAIL.encode(), True) if closed is None else (b"", True))
    assert (await erase.preview(who.telegram_id)).obstacle is None


async def test_updates_about_strangers_are_deleted_soon(life: Life) -> None:
    now, units = life.shop.clock.now(), life.shop.units
    for number, who in ((21, 31337), (22, NUMBER)):
        member = {
            "chat_member": {"new_chat_member": {"user": {"id": who, "first_name": "Zoraida"}}, "chat": {"id": -5}}
        }
        stored = StoredUpdate(bot_id=1, update_id=number, chat_key=-5, payload=member, received_at=now)
        async with units() as uow:
            await uow.updates.add_new([stored])
            await uow.updates.finish(1, number, now)
            await uow.commit()
    async with units() as uow:
        assert await uow.personal_data.prune(Record.UPDATES, now, timedelta(days=30), 9) == 0
        assert await uow.personal_data.prune(Record.UPDATES, now + timedelta(hours=2), timedelta(days=30), 9) == 1
        await uow.commit()
    left = [row for row in (await life.dump())["bot_updates"] if "chat_member" in row]
    assert [str(NUMBER) in row for row in left] == [True]


async def test_chat_export_contains_only_the_newest_rows_and_is_available_once_an_hour(life: Life) -> None:
    now, who = life.shop.clock.now(), life.person.telegram_id
    many = [
        StoredUpdate(
            bot_id=2,
            update_id=number,
            chat_key=who,
            payload={"n": f"<{number}>"},
            received_at=now + timedelta(0, number),
        )
        for number in range(ROWS[0] + 1)
    ]
    async with life.shop.units() as uow:
        await uow.updates.add_new(many)
        await uow.commit()
    export = ExportPerson(life.shop.units, life.shop.clock)
    first = await export.for_customer(who, "press 1")
    assert isinstance(first, ExportFile)
    assert first.is_cut
    reported = first.content.decode()
    assert (f"<{ROWS[0]}>" in reported, "<0>" in reported) == (True, False)
    assert json.loads(reported)["tables"]["bot_updates"]["only_the_newest"] == ROWS[0]
    assert isinstance(await export.for_customer(who, "press 1"), ExportFile), "worked on once more"
    assert await export.for_customer(who, "press 2") == now + EVERY
    life.shop.clock.advance(EVERY + timedelta(seconds=1))
    assert isinstance(await export.for_customer(who, "press 3"), ExportFile)
