"""Activity feed entries, which are stored as notifications, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from features.news.domain import Topic
from features.news.jobs import NoteNews, SendNews
from features.news.messages import OWNER_NEWS, News
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.messages.announcement import AlarmMessage
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.job_queue import Priority
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


@pytest.mark.parametrize("sent_at", [None, NOON])
async def test_erasure_of_a_customer_removes_activity_entries_about_the_customer(
    units: Units, sent_at: datetime | None
) -> None:
    ana, bea = samples.customer(), samples.customer()
    owner = TelegramId(5)
    async with units() as uow:
        for who in (ana, bea):
            await uow.customers.save(who)
            facts = {"who": who.mention, "customer": str(who.id)}
            news = Notification.owe(News(topic=Topic.SALE, facts=facts), str(who.id), owner, "es", NOON)
            news.sent_at = sent_at
            await uow.notifications.add_if_new(news)
        assert await uow.personal_data.erase(ana.telegram_id, ana, ana.stand_in, NOON) == {
            "notifications": 1,
            "customers": 1,
        }
        assert await uow.notifications.by_key(f"owner_news:{ana.id}") is None
        assert await uow.notifications.by_key(f"owner_news:{bea.id}") is not None


async def test_pending_activity_entries_and_the_last_sending_time_are_read_by_chat(units: Units) -> None:
    async with units() as uow:
        for number, at in enumerate((NOON, NOON + timedelta(hours=1), None)):
            reported = News(topic=Topic.SALE, facts={"n": str(number)})
            owed = Notification.owe(reported, str(number), TelegramId(5), "es", NOON + timedelta(minutes=number))
            owed.sent_at = at
            await uow.notifications.add_if_new(owed)
            alarm = Notification.owe(AlarmMessage(alarm="x", facts={}), str(number), TelegramId(5), "es", NOON)
            await uow.notifications.add_if_new(alarm)
        await uow.commit()
    async with units() as uow:
        (waiting,) = await uow.notifications.owed(OWNER_NEWS, TelegramId(5))
        assert waiting.params["n"] == "2"
        last = await uow.notifications.last_sent(OWNER_NEWS, TelegramId(5))
        assert last == NOON + timedelta(hours=1)
        assert await uow.notifications.last_sent(OWNER_NEWS, TelegramId(6)) is None


@pytest.mark.parametrize("payload", [NoteNews(topic="sale", key="k"), SendNews(chat=1)], ids=lambda job: job.name)
def test_jobs_of_activity_notifications_have_less_than_high_priority(payload: JobPayload) -> None:
    assert payload.job().priority < Priority.HIGH
