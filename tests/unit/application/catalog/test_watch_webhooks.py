"""Check that an alarm is raised when a query to a provider finds an event without its webhook, and is closed by the
next webhook.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.catalog.watch_webhooks import OVER_AFTER, PATIENCE, WatchWebhooks
from subscriptions.application.inbox.receive_webhook import REFUSED_OFTEN, UNTIMELY_AT, store_if_new
from subscriptions.application.people.watch_restore import RETURN
from subscriptions.domain.entities.database_restore import DatabaseRestore
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.payment_gateway import InvalidSignature
from tests.fakes import samples
from tests.fakes.provider import SIGNED
from tests.fakes.shop import Shop, memory_shop


class Post:
    """Shop that receives its provider's webhooks, and the watch that reports missing ones."""

    def __init__(self) -> None:
        self.shop: Shop = memory_shop()
        self.watch = WatchWebhooks(self.shop.units, self.shop.gateways, self.shop.clock)

    async def asked(self, key: str, **more: object) -> None:
        """Store an event that was found by a query to the provider."""
        async with self.shop.units() as uow:
            assert await store_if_new(uow, samples.event(event_key=key, **more), self.shop.clock.now())
            await uow.commit()

    async def received(self, key: str) -> None:
        """Receive a webhook."""
        self.shop.provider.sent[key] = samples.event(event_key=key)
        await self.shop.receive("acme", SIGNED, key.encode())

    async def open_after(self, wait: timedelta = timedelta(minutes=1)) -> list[str]:
        """Return the kinds of the alarms open after the next check."""
        self.shop.clock.advance(wait)
        await self.watch()
        async with self.shop.units() as uow:
            return [alarm.kind for alarm in await uow.alarms.open(10)]


async def test_payment_found_without_a_webhook_raises_one_alarm() -> None:
    post = Post()
    await post.received("evt-1")
    post.shop.clock.advance(timedelta(days=3))
    await post.asked("evt-2")
    assert await post.open_after() == [], "its webhook may still come"
    for _ in range(3):
        assert await post.open_after(PATIENCE) == ["webhooks_silent"]
    assert await post.shop.alarms() == ["webhooks_silent"], "told once"
    async with post.shop.units() as uow:
        (alarm,) = await uow.alarms.open(1)
    assert alarm.facts["provider"] == "acme"
    assert alarm.facts["last"] == "2026-03-01 12:00 UTC"
    await post.received("evt-3")
    assert await post.open_after() == []


@pytest.mark.parametrize("late", ["evt-1", "evt-2"], ids=["webhook of the event", "another webhook"])
async def test_webhook_received_shortly_after_the_query_prevents_the_alarm(late: str) -> None:
    post = Post()
    await post.asked("evt-1")
    post.shop.clock.advance(timedelta(minutes=1))
    await post.received(late)
    assert await post.open_after(PATIENCE) == []


async def test_webhook_shortly_before_the_query_raises_no_alarm() -> None:
    """The customer presses "Ya pagué" at once, or a renewal is checked when due, and the webhook has already
    arrived.
    """
    post = Post()
    await post.received("evt-1")
    post.shop.clock.advance(timedelta(seconds=20))
    await post.asked("asked-1")
    assert await post.open_after(PATIENCE) == []
    post.shop.clock.advance(PATIENCE)
    await post.asked("asked-2")
    assert await post.open_after(PATIENCE) == ["webhooks_silent"], "what nobody told later is missed all the same"


async def test_webhooks_lost_by_a_database_restore_raise_no_alarm() -> None:
    post = Post()
    now = post.shop.clock.now()
    post.shop.clock.advance(timedelta(hours=6))
    back = DatabaseRestore(since=now - timedelta(hours=1), at=post.shop.clock.now(), done=True)
    async with post.shop.units() as uow:
        await uow.variables.set(RETURN, back)
        await uow.commit()
    await post.asked("evt-1")
    assert await post.open_after(PATIENCE) == []
    post.shop.clock.advance(timedelta(hours=1))
    await post.asked("evt-2", occurred_at=post.shop.clock.now())
    assert await post.open_after(PATIENCE) == ["webhooks_silent"]


async def test_alarm_about_late_webhooks_closes_an_hour_after_the_last_late_webhook() -> None:
    post = Post()
    now = post.shop.clock.now()
    async with post.shop.units() as uow:
        await uow.variables.set(UNTIMELY_AT.for_subject("acme"), now)
        await raise_once(uow, AlarmRaised("webhooks_untimely:acme:x", "webhooks_untimely"), now)
        await uow.commit()
    assert await post.open_after(OVER_AFTER) == ["webhooks_untimely"]
    assert await post.open_after() == []


async def test_alarm_about_refused_webhooks_closes_with_a_verified_webhook() -> None:
    post = Post()
    for _ in range(REFUSED_OFTEN):
        with pytest.raises(InvalidSignature):
            await post.shop.receive("acme", {"signature": "bad"}, b"evt-1")
    notified = (await post.shop.jobs("bot.alarm"))[0]
    async with post.shop.units() as uow:
        await raise_once(uow, AlarmRaised(notified["key"], notified["kind"]), post.shop.clock.now())
        await uow.commit()
    assert await post.open_after() == ["webhooks_refused"]
    await post.received("evt-1")
    assert await post.open_after() == []


async def test_check_of_a_provider_queues_a_check_of_its_webhook_settings() -> None:
    post = Post()
    await post.watch.check("acme")
    assert [job["provider"] for job in await post.shop.jobs("core.check_webhooks")] == ["acme"]
