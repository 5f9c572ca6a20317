"""`umbral person` on a real database: the personal data of a customer, and the rows that remain after an erasure."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from subscriptions.application.inbox.bot_updates import WorkUpdates
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.repositories.inbox_repository import SqlUpdateWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.support.fork_clients import ForkClient
from tests.support.lived import MAIL, NOTE, NUMBER, USERNAME, Life, life, marks
from tests.support.operator_cli import Terminal

__all__ = ["life"]


async def test_export_contains_only_the_customers_rows(database_url: str, life: Life, fork_client: ForkClient) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    ran = await terminal.run("person", "export", str(NUMBER))

    assert ran.status == 0, ran.err
    output = json.loads(ran.out)
    there = {line.partition(":")[0] for line in marks(await life.dump())}
    # A note that staff is still writing is not stored yet.
    assert there - {"dialogues"} <= set(output["tables"]) | {"dialogues"}
    for table in ("customers", "payments", "receipts", "orders", "subscriptions", "ledger_entries", "bot_updates"):
        assert output["tables"][table]["rows"], table
    assert (NOTE in ran.out, MAIL in ran.out, "instagram" in ran.out) == (True, True, True)
    assert ("Beatriz" in ran.out, str(life.other.telegram_id) in ran.out) == (False, False)
    # The export does not reveal which staff member acted.
    assert not any("actor" in row for row in output["tables"]["audit_log"]["rows"])
    unknown = await terminal.run("person", "export", "1")
    assert (unknown.status, unknown.err) == (1, "umbral person: there's no data about 1\n")


async def test_bulk_expiry_alarm_survives_an_erasure_and_export_reveals_no_other_customer(life: Life) -> None:
    now, who = life.shop.clock.now(), life.person
    listed = {"who": f"Zoraida\t{NUMBER}\tended\t2026-03-01\nBeatriz\t{life.other.telegram_id}\tended\t2026-03-01"}
    pressed = {"callback_query": {"from": {"id": 99, "first_name": "Olga"}, "data": f"person_{NUMBER}"}}
    async with life.shop.units() as uow:
        await uow.alarms.add_if_new(Alarm.begin("sweep:1", "sweep_held", listed, now))
        await uow.updates.add_new([StoredUpdate(bot_id=1, update_id=9, chat_key=99, payload=pressed, received_at=now)])
        held = await uow.personal_data.list_rows(who.telegram_id, who)
        reported = str([each.rows for each in held])
        assert (f"Umbral - @{USERNAME}" in reported, "Beatriz" in reported, "Olga" in reported) == (True, False, False)
        await uow.personal_data.erase(who.telegram_id, who, who.stand_in, now)
        asked = next(alarm for alarm in await uow.alarms.open(100) if alarm.key == "sweep:1")
        assert "Beatriz" in asked.facts["who"]


async def test_erased_customer_is_in_no_table_and_legal_records_remain(
    database_url: str, life: Life, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    refused = await terminal.run("person", "erase", str(NUMBER), "--yes")
    assert (refused.status, refused.err) == (
        1,
        "umbral person: Retabet renews automatically: cancel it first\n",
    )
    await life.shop.cancel(life.person.telegram_id)
    before = await life.dump()
    async with terminal.typing("person", "erase", str(NUMBER)) as command:
        await command.sees("Erase this person's data?")
        await command.types("y")
        await command.sees("Are you sure?")
        await command.types("n")
        assert (await command.ends()).status == 1
    assert await life.dump() == before

    async with terminal.typing("person", "erase", str(NUMBER), "--yes") as command:
        await command.sees("Ends Retabet, paid until")
        await _ended(life)
        await life.leave()
        ran = await command.ends()
    assert (ran.status, "Erased." in ran.out) == (0, True), ran.out + ran.err
    assert "receipts (1): kept without what names the person: Spanish commercial code" in ran.out

    after = await life.dump()
    assert marks(after) == []
    kept = ("orders", "payments", "receipts", "ledger_entries", "subscriptions")
    assert {table: len(after[table]) >= len(before[table]) for table in kept} == dict.fromkeys(kept, True)
    # Rows of other customers are unchanged.
    others = {table: [row for row in rows if str(life.other.id) in row] for table, rows in before.items()}
    assert {table: [row for row in rows if str(life.other.id) in row] for table, rows in after.items()} == others
    assert any("Beatriz" in row for row in after["bot_updates"])

    # Later provider events are applied, and leave no personal data.
    async with life.shop.units() as uow:
        [order] = [row for row in before["orders"] if str(life.person.id) in row]
        late = samples.event(telegram_id=NUMBER, order_id=json.loads(order)["id"], evidence={"email": MAIL})
        entry = samples.inbox_entry(event=late, body=MAIL.encode(), status=InboxStatus.IGNORED, handled_at=NOON)
        await uow.inbox.add_if_new(entry)
        assert await uow.personal_data.prune(Record.WEBHOOK_BODIES, NOON, timedelta(days=180), 100) == 1
        await uow.commit()
    assert marks(await life.dump()) == []

    await _reported_late(life, terminal, before)
    again = await terminal.run("person", "erase", str(NUMBER), "--yes")
    assert (again.status, again.out) == (0, f"There's no data about {NUMBER}.\n")


async def test_erasure_is_refused_if_the_customer_orders_again_meanwhile(
    database_url: str, life: Life, fork_client: ForkClient
) -> None:
    await life.shop.cancel(life.person.telegram_id)
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    async with terminal.typing("person", "erase", str(NUMBER), "--yes") as command:
        await _ended(life)
        await life.shop.checkout(life.person, life.plan)
        ran = await command.ends()
    assert (ran.status, "Erased." in ran.out) == (1, False), ran.out + ran.err
    assert "umbral person: not erased: a payment page for order" in ran.out + ran.err


async def _ended(life: Life) -> None:
    """Wait until the access has ended, because the command ends access first."""
    async with asyncio.timeout(90):
        while True:
            async with life.shop.units() as uow:
                [subscription] = await uow.subscriptions.of_customer(life.person.id)
            if not subscription.live:
                return
            await asyncio.sleep(0.05)


async def _reported_late(life: Life, terminal: Terminal, before: dict[str, list[str]]) -> None:
    """Deliver Telegram updates about the channel's end and the customer. They are processed and leave no personal
    data.
    """
    [channel] = [row for row in before["telegram_channels"] if str(life.person.id) in row]
    chat = json.loads(channel)["channel_id"]
    reported = {"chat": {"id": chat, "title": f"Retador – Retabet – @{USERNAME}"}, "from": {"id": NUMBER}}
    blocked = {"chat": {"id": NUMBER, "first_name": USERNAME}, "from": {"id": NUMBER}}
    assert life.shop.engine is not None
    work = WorkUpdates(SqlUpdateWork(life.shop.engine), life.shop.clock)
    late = {
        901: ("my_chat_member", chat, reported),
        902: ("chat_member", -77, {**reported, "new_chat_member": {"user": {"id": NUMBER}}}),
        903: ("chat_join_request", -78, reported),
        904: ("my_chat_member", NUMBER, blocked),
    }
    for number, (kind, key, body) in late.items():
        update = StoredUpdate(bot_id=1, update_id=number, chat_key=key, payload={kind: body}, received_at=NOON)
        async with life.shop.units() as uow:
            await uow.updates.add_new([update])
            await uow.commit()
        assert marks(await life.dump()) != []
        if number == 904:
            waiting = await terminal.run("person", "erase", str(NUMBER), "--yes")
            assert "There's no data" not in waiting.out
        await work.finish(update)
        assert marks(await life.dump()) == []
