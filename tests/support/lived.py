"""A customer with a full history, and a second customer, in a real database."""

from __future__ import annotations

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
from subscriptions.domain.entities.post import PostDelivery
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId, DeliveryId, NotificationId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.shop import Shop, database_shop

NUMBER, NAME, USERNAME, MAIL = 7654321098, "Zoraida Ñ. «Zori»", "zoraida_quint", "zoraida@correo.example"
NOTE = "llamó por teléfono, quiere otro plan"


@dataclass
class Life:
    """A shop with a customer who has a full history, and a second customer."""

    shop: Shop
    plan: ServicePlan
    person: Customer
    other: Customer

    async def dump(self) -> dict[str, list[str]]:
        """Return every row of every table as text."""
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
        """Record that the bot has removed the customer from their channel."""
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
    """Create a customer who bought a plan, wrote to the bot, received messages, and is mentioned in notes
    and alarms.
    """
    shop = database_shop(engine)
    plan = await shop.plan(name="Retabet", recurring=False, duration_days=30)
    person = await shop.customer(
        telegram_id=TelegramId(NUMBER),
        first_name=NAME,
        username=USERNAME,
        source="instagram",
        tags=frozenset({"zoraida-tag"}),
    )
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
            await uow.updates.finish(1, number, now)
            await uow.notifications.add_if_new(
                _notification(f"joined:{number}", who.telegram_id, {"name": who.first_name}, now)
            )
        # An owner pressed a button below a card that names the customer, and received an alarm about the customer.
        pressed = {"callback_query": {"message": {"text": f"Ficha de {NAME}"}, "from": {"id": 99}}}
        await uow.updates.add_new([StoredUpdate(bot_id=1, update_id=3, chat_key=99, payload=pressed, received_at=now)])
        await uow.updates.finish(1, 3, now)
        await uow.notifications.add_if_new(
            _notification("alarm:1", TelegramId(99), {"channel": f"Umbral - {NAME}"}, now)
        )
        await uow.dialogues.save(Dialogue.begin(TelegramId(99), "note", "text", now, customer=f"@{USERNAME}"))
        await uow.commit()


def _notification(key: str, who: TelegramId, params: dict[str, str], now: Any) -> Notification:
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
            await uow.of(POSTS_KEY).add_if_new(pick)
            await uow.of(POSTS_KEY).add_delivery_if_new(
                PostDelivery(
                    id=DeliveryId(new_uuid()),
                    post_id=pick.id,
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
        await uow.audit.record(actor="99", action="customer.note", subject=str(who.id), reason=NOTE, at=now)
        stranger = {"telegram_id": str(NUMBER)}
        await uow.audit.record(
            actor="system",
            action="join_request.declined",
            subject="-1002",
            reason="not the person who paid",
            at=now,
            facts=stranger,
        )
        await uow.audit.record(actor="99", action="customer.note", subject=str(life.other.id), reason="otra", at=now)
        facts = {"channel": f"Umbral - @{USERNAME}", "telegram_id": str(NUMBER)}
        await uow.alarms.add_if_new(Alarm.begin(f"stranger:-1002:{NUMBER}", "stranger_in_channel", facts, now))
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
    """Yield a shop in the test's database with a customer who has a full history, and a second customer."""
    engine = create_engine(database_url)
    yield await lived(engine)
    await engine.dispose()


def marks(dump: dict[str, list[str]]) -> list[str]:
    """Return the tables of a dump that still mention the customer, each with the word found. Bytes appear in the dump
    as hexadecimal digits.
    """
    plain = (str(NUMBER), USERNAME, "Zoraida", "Zori", "zoraida-tag", MAIL, "cus_zoraida", NOTE)
    words = (*plain, *(word.encode().hex() for word in plain))
    return sorted(f"{table}: {word}" for table, rows in dump.items() for word in words if any(word in r for r in rows))
