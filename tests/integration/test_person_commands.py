"""`umbral person` over a real database: all that is held of somebody, and what is left of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.pick import PickDelivery
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId, DeliveryId, NotificationId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, database_shop
from tests.support.nurse import Nurse
from tests.support.operator_cli import Terminal

NUMBER, NAME, USERNAME, MAIL = 7654321098, "Zoraida Ñ. «Zori»", "zoraida_quint", "zoraida@correo.example"
NOTE = "llamó por teléfono, quiere otro plan"


@dataclass
class Life:
    """Somebody who has been here for a while, and somebody else."""

    shop: Shop
    plan: ServicePlan
    person: Customer
    other: Customer

    async def dump(self) -> dict[str, list[str]]:
        """Every row of every table, as text."""
        assert self.shop.engine is not None
        async with self.shop.engine.connect() as connection:
            names = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            return {
                name: [
                    str(row)
                    for row in (await connection.execute(text(f'SELECT to_jsonb(t)::text FROM "{name}" t'))).scalars()
                ]
                for name in names.scalars()
            }

    async def leave(self) -> None:
        """The person is put out of their channel, as the bot does."""
        async with self.shop.units() as uow:
            for access in await uow.accesses.of_customer(self.person.id):
                access.apply(AccessEvent.REMOVED)
                await uow.accesses.save(access)
                channel = await uow.channels.get(access.channel_id, lock=True)
                assert channel is not None
                channel.freeze(self.shop.clock.now() + timedelta(days=30))
                await uow.channels.save(channel)
                for link in await uow.channels.live_invites(channel.id):
                    link.revoke(self.shop.clock.now())
                    await uow.channels.save_invite(link)
            await uow.commit()


async def lived(engine: AsyncEngine) -> Life:
    """Bought twice, wrote, was written to, noted about, alarmed about."""
    shop = database_shop(engine)
    plan = await shop.plan(name="Retabet", recurring=False, duration_days=30)
    person = await shop.customer(telegram_id=TelegramId(NUMBER), first_name=NAME, username=USERNAME, source="instagram")
    other = await shop.customer(first_name="Beatriz", username="bea")
    for buyer in (person, other):
        _, session = await shop.checkout(buyer, plan)
        await shop.deliver(*shop.provider.pay(session))
    life = Life(shop, plan, person, other)
    await _chat(life)
    await _channel(life)
    await _staff(life)
    return life


async def _chat(life: Life) -> None:
    now = life.shop.clock.now()
    async with life.shop.units() as uow:
        for number, who in enumerate((life.person, life.other), start=1):
            sender = {"id": who.telegram_id, "first_name": who.first_name, "username": who.username}
            payload = {"update_id": number, "message": {"from": sender, "text": "hola"}}
            stored = StoredUpdate(
                bot_id=1, update_id=number, chat_key=who.telegram_id, payload=payload, received_at=now
            )
            await uow.updates.add_new([stored])
            await uow.updates.done(1, number, now)
            await uow.notifications.add_if_new(
                _told(f"joined:{number}", who.telegram_id, {"name": who.first_name}, now)
            )
        # An owner pressed under a card that names the person, and was told of them.
        pressed = {"callback_query": {"message": {"text": f"Ficha de {NAME}"}, "from": {"id": 99}}}
        await uow.updates.add_new([StoredUpdate(bot_id=1, update_id=3, chat_key=99, payload=pressed, received_at=now)])
        await uow.updates.done(1, 3, now)
        await uow.notifications.add_if_new(_told("alarm:1", TelegramId(99), {"channel": f"Umbral - {NAME}"}, now))
        await uow.dialogues.save(Dialogue.begin(TelegramId(99), "note", "text", now, customer=f"@{USERNAME}"))
        await uow.commit()


def _told(key: str, who: TelegramId, params: dict[str, str], now: Any) -> Notification:
    return Notification(
        id=NotificationId(new_uuid()),
        key=key,
        kind="joined",
        recipient=who,
        language="es",
        params=params,
        sent_at=now,
        created_at=now,
    )


async def _channel(life: Life) -> None:
    async with life.shop.units() as uow:
        for who, chat in ((life.person, -1001), (life.other, -1002)):
            [access] = await uow.accesses.of_customer(who.id)
            channel = await uow.channels.get(access.channel_id, lock=True)
            assert channel is not None
            ready = replace(
                channel, status=ChannelStatus.READY, channel_id=ChatId(chat), title=f"Umbral - Retabet - {who.mention}"
            )
            await uow.channels.save(ready)
            await uow.channels.add_invite(samples.invite(ready))
            access.join(life.shop.clock.now())
            await uow.accesses.save(access)
            pick = samples.pick(life.plan)
            await uow.picks.add_if_new(pick)
            await uow.picks.add_delivery_if_new(
                PickDelivery(
                    id=DeliveryId(new_uuid()),
                    pick_id=pick.id,
                    channel_id=channel.id,
                    chat_id=ChatId(chat),
                    bot="picks_bot",
                    message_id=77,
                    revision=1,
                    created_at=life.shop.clock.now(),
                )
            )
        await uow.commit()


async def _staff(life: Life) -> None:
    now, who = life.shop.clock.now(), life.person
    async with life.shop.units() as uow:
        await uow.audit.record(actor="99", action="customer.note", subject=str(who.id), why=NOTE, at=now)
        stranger = {"telegram_id": str(NUMBER)}
        await uow.audit.record(
            actor="system",
            action="join_request.declined",
            subject="-1002",
            why="not the person who paid",
            at=now,
            facts=stranger,
        )
        await uow.audit.record(actor="99", action="customer.note", subject=str(life.other.id), why="otra", at=now)
        facts = {"channel": f"Umbral - @{USERNAME}", "telegram_id": str(NUMBER)}
        await uow.alarms.add_if_new(Alarm.raised(f"stranger:-1002:{NUMBER}", "stranger_in_channel", facts, now))
        await uow.enqueue(jobs.RemoveStranger(channel_id=new_uuid(), telegram_id=NUMBER).job())
        body = json.dumps({"payer": {"email": MAIL}, "telegram_id": NUMBER}).encode()
        event = samples.event(telegram_id=NUMBER, customer_ref="cus_zoraida", evidence={"email": MAIL})
        entry = samples.inbox_entry(event=event, body=body)
        await uow.inbox.add_if_new(entry)
        stored = await uow.inbox.get(entry.id, lock=True)
        assert stored is not None
        stored.status, stored.handled_at = InboxStatus.APPLIED, now
        await uow.inbox.save(stored)
        await uow.commit()


@pytest.fixture
async def life(database_url: str) -> Any:
    """It, over the test's database."""
    engine = create_engine(database_url)
    yield await lived(engine)
    await engine.dispose()


def marks(dump: dict[str, list[str]]) -> list[str]:
    """Where anything still names the person; bytes stand there in figures."""
    plain = (str(NUMBER), USERNAME, "Zoraida", "Zori", MAIL, "cus_zoraida", NOTE)
    words = (*plain, *(word.encode().hex() for word in plain))
    return sorted(f"{table}: {word}" for table, rows in dump.items() for word in words if any(word in r for r in rows))


async def test_the_export_holds_every_row_that_names_the_person_and_no_other(
    database_url: str, life: Life, nurse: Nurse
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, nurse)
    ran = await terminal.run("person", "export", str(NUMBER))

    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    there = {line.partition(":")[0] for line in marks(await life.dump())}
    # A note that staff is about to write is not on record yet.
    assert there - {"dialogues"} <= set(told["tables"]) | {"dialogues"}
    for table in ("customers", "payments", "receipts", "orders", "subscriptions", "ledger_entries", "bot_updates"):
        assert told["tables"][table]["rows"], table
    assert (NOTE in ran.out, MAIL in ran.out, "instagram" in ran.out) == (True, True, True)
    assert ("Beatriz" in ran.out, str(life.other.telegram_id) in ran.out) == (False, False)
    # Who of the operator's people did something is not the person's to know.
    assert not any("actor" in row for row in told["tables"]["audit_log"]["rows"])
    unknown = await terminal.run("person", "export", "1")
    assert (unknown.status, unknown.err) == (1, "umbral person: nothing is held of 1\n")


async def test_a_question_about_many_is_given_to_none_of_them_and_stays_open(life: Life) -> None:
    now, who = life.shop.clock.now(), life.person
    listed = {"who": f"Zoraida\t{NUMBER}\tended\t2026-03-01\nBeatriz\t{life.other.telegram_id}\tended\t2026-03-01"}
    pressed = {"callback_query": {"from": {"id": 99, "first_name": "Olga"}, "data": f"person_{NUMBER}"}}
    async with life.shop.units() as uow:
        await uow.alarms.add_if_new(Alarm.raised("sweep:1", "sweep_held", listed, now))
        await uow.updates.add_new([StoredUpdate(bot_id=1, update_id=9, chat_key=99, payload=pressed, received_at=now)])
        held = await uow.personal_data.of(who.telegram_id, who)
        told = str([each.rows for each in held])
        assert (f"Umbral - @{USERNAME}" in told, "Beatriz" in told, "Olga" in told) == (True, False, False)
        await uow.personal_data.erase(who.telegram_id, who, who.stand_in, now)
        asked = next(alarm for alarm in await uow.alarms.open(100) if alarm.key == "sweep:1")
        assert "Beatriz" in asked.facts["who"]


async def test_an_erased_person_is_in_no_table_and_what_the_law_wants_stays(
    database_url: str, life: Life, nurse: Nurse
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, nurse)
    refused = await terminal.run("person", "erase", str(NUMBER), "--yes")
    assert (refused.status, refused.err) == (
        1,
        "umbral person: Retabet is charged again by itself: cancel it first\n",
    )
    await life.shop.cancel(life.person.telegram_id)
    before = await life.dump()
    async with terminal.typing("person", "erase", str(NUMBER)) as command:
        await command.sees("Forget this person?")
        await command.types("y")
        await command.sees("Sure?")
        await command.types("n")
        assert (await command.ends()).status == 1
    assert await life.dump() == before

    async with terminal.typing("person", "erase", str(NUMBER), "--yes") as command:
        await command.sees("Gives up Retabet, paid until")
        await _ended(life)
        await life.leave()
        ran = await command.ends()
    assert (ran.status, "Erased." in ran.out) == (0, True), ran.out + ran.err
    assert "receipts (1): kept without what names the person: Spanish commercial code" in ran.out

    after = await life.dump()
    assert marks(after) == []
    kept = ("orders", "payments", "receipts", "ledger_entries", "subscriptions")
    assert {table: len(after[table]) >= len(before[table]) for table in kept} == dict.fromkeys(kept, True)
    # Nothing of anybody else's is touched.
    others = {table: [row for row in rows if str(life.other.id) in row] for table, rows in before.items()}
    assert {table: [row for row in rows if str(life.other.id) in row] for table, rows in after.items()} == others
    assert any("Beatriz" in row for row in after["bot_updates"])

    # What a provider tells later is applied, and does not stay.
    async with life.shop.units() as uow:
        [order] = [row for row in before["orders"] if str(life.person.id) in row]
        late = samples.event(telegram_id=NUMBER, order_id=json.loads(order)["id"], evidence={"email": MAIL})
        entry = samples.inbox_entry(event=late, body=MAIL.encode(), status=InboxStatus.IGNORED, handled_at=NOON)
        await uow.inbox.add_if_new(entry)
        assert await uow.personal_data.prune(Record.WEBHOOK_BODIES, NOON, timedelta(days=180), 100) == 1
        await uow.commit()
    assert marks(await life.dump()) == []

    again = await terminal.run("person", "erase", str(NUMBER), "--yes")
    assert (again.status, again.out) == (0, f"Nothing is held of {NUMBER}.\n")


async def test_who_began_to_buy_meanwhile_is_not_said_to_be_erased(database_url: str, life: Life, nurse: Nurse) -> None:
    await life.shop.cancel(life.person.telegram_id)
    terminal = Terminal({"DATABASE_URL": database_url}, nurse)
    async with terminal.typing("person", "erase", str(NUMBER), "--yes") as command:
        await _ended(life)
        await life.shop.checkout(life.person, life.plan)
        ran = await command.ends()
    assert (ran.status, "Erased." in ran.out) == (1, False), ran.out + ran.err
    assert "umbral person: not erased: a page to pay order" in ran.out + ran.err


async def _ended(life: Life) -> None:
    """Until the access was ended, as the command does first."""
    async with asyncio.timeout(60):
        while True:
            async with life.shop.units() as uow:
                [subscription] = await uow.subscriptions.of_customer(life.person.id)
            if not subscription.live:
                return
            await asyncio.sleep(0.05)
