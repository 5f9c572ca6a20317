"""Delivery of the activity feed to owners and groups. Entries are combined if there are many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

import structlog

from features.news import jobs as news_jobs
from features.news.alarms import NewsRefused
from features.news.domain import OPENED, NewsChat
from features.news.messages import OWNER_NEWS, News, NewsTogether, load
from features.news.use_cases.arrange_news import topics_of
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.delivery import Delivery
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

SINGLE_NEWS: Final = 3
"""Maximum number of pending entries that are sent as separate messages. More entries are combined into one message."""
BREATH: Final = timedelta(minutes=1)
"""Minimum interval between two deliveries to a chat. Entries that arrive meanwhile are combined."""


@dataclass(frozen=True)
class AnnounceNews:
    """Use case that creates and sends the notifications of the activity feed. A chat gets its pending notifications at
    most once a minute.
    """

    units: UnitOfWorkFactory
    delivery: Delivery
    clock: Clock
    policy: Policy
    owners: frozenset[TelegramId]
    groups: Sequence[NewsChat]

    async def note(self, job: news_jobs.NoteNews) -> None:
        """Create a notification for each chat that receives the entry's topic. Idempotent."""
        now = self.clock.now()
        async with self.units() as uow:
            chats = [target for target in await self._chats(uow) if _hears(target, job)]
            facts = await load(Sources(uow, self.policy, now), job) if chats else None
            if facts is None:
                return
            username = await uow.variables.get(BOT_USERNAME) or ""
            language = await self._language(uow)
            for target in chats:
                chat_facts = {**facts, "bot": username} if target.is_group else facts
                news = News(topic=job.topic, said=job.word, facts=chat_facts, thread_id=target.thread)
                customer = None if target.is_group else await uow.customers.by_telegram_id(target.chat)
                reader_language = customer.language if customer else language
                if await uow.notifications.add_if_new(
                    Notification.owe(news, f"{job.key}:{target.name}", target.chat, reader_language, now)
                ):
                    await uow.enqueue(news_jobs.SendNews(chat=target.chat).keyed_job(target.chat))
            await uow.commit()

    async def tell(self, chat: TelegramId) -> None:
        """Send a chat its pending notifications. Raises RetryLater and Ambiguous if Telegram does not confirm a
        message; the next attempt sends the notifications that are still pending.
        """
        now = self.clock.now()
        async with self.units() as uow:
            last_sent = await uow.notifications.last_sent(OWNER_NEWS, chat)
            notifications = await uow.notifications.owed(OWNER_NEWS, chat)
            if notifications and last_sent is not None and now - last_sent < BREATH:
                await uow.enqueue(news_jobs.SendNews(chat=chat).delayed_job(last_sent + BREATH, chat))
                await uow.commit()
                return
        for _, rows in groupby(sorted(notifications, key=_thread), _thread):
            await self._tell(chat, list(rows))

    async def _tell(self, chat: TelegramId, rows: list[Notification]) -> None:
        news_by_row = [(row, News.from_params(row.params)) for row in rows]
        if len(news_by_row) > SINGLE_NEWS:
            refusal = await self.delivery(rows, NewsTogether(news=tuple(news for _, news in news_by_row)))
        else:
            for row, news in news_by_row:
                refusal = await self.delivery([row], news)
        if chat < 0:
            alarm = None if refusal is None else NewsRefused(group=str(chat), reason=refusal)
            async with self.units() as uow:
                await keep_alarm(uow, NewsRefused, str(chat), alarm, self.clock.now())
                await uow.commit()

    async def _chats(self, uow: UnitOfWork) -> Sequence[NewsChat]:
        own = [NewsChat(chat=owner, topics=await topics_of(uow, owner)) for owner in sorted(self.owners)]
        return [*own, *self.groups]

    async def _language(self, uow: UnitOfWork) -> str:
        """Return the language for groups, which is the language of the first owner."""
        customers = [await uow.customers.by_telegram_id(owner) for owner in sorted(self.owners)]
        return next((owner.language for owner in customers if owner is not None), LANGUAGES.home)


def _hears(target: NewsChat, job: news_jobs.NoteNews) -> bool:
    # Owners receive an alarm about a new dispute instead.
    return job.topic in target.topics and (target.is_group or job.word != OPENED)


def _thread(row: Notification) -> str:
    return row.params.get("thread", "")
