"""Activity feed in the chat: messages, the jobs that send them, and the panel page on which each owner
chooses topics.
"""

from collections.abc import Mapping
from typing import Final, cast

from bot.feature import ChatPart, PanelPart
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from features.news import screens
from features.news.domain import Topic
from features.news.jobs import NoteNews, SendNews
from features.news.messages import News, NewsTogether
from features.news.permissions import RECEIVE_NEWS
from features.news.settings import NewsSettings
from features.news.use_cases.announce_news import AnnounceNews
from features.news.use_cases.arrange_news import ArrangeNews
from features.news.wiring import NewsContainer
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.bot import BotContainer, single_speaker
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.domain.ids import TelegramId


def _handlers(container: BotContainer) -> JobHandlers:
    core = container.core
    announce_news = AnnounceNews(
        core.units(),
        container.delivery(),
        core.clock(),
        core.policy(),
        container.owners(),
        cast(NewsSettings, core.settings()).news_groups,
    )

    async def tell(job: SendNews) -> None:
        async with single_speaker(core.leases(), f"news:{job.chat}"):
            await announce_news.tell(TelegramId(job.chat))

    return dict([handler_of(NoteNews, announce_news.note), handler_of(SendNews, tell)])


async def _news(visit: Visit) -> Screen:
    return screens.topics(visit.t, await _arrange_news(visit).topics(visit.who))


async def _switch_on(visit: Visit) -> Screen:
    return await _switch(visit, is_on=True)


async def _switch_off(visit: Visit) -> Screen:
    return await _switch(visit, is_on=False)


async def _switch(visit: Visit, *, is_on: bool) -> Screen:
    topic = next((each for each in Topic if each == visit.part()), None)
    if topic is None:
        raise Stale("no such topic")
    await _arrange_news(visit).switch(visit.who, topic, is_on=is_on)
    return await _news(visit)


def _arrange_news(visit: Visit) -> ArrangeNews:
    return NewsContainer(core=visit.use.core).arrange_news()


PAGES: Final[Mapping[str, Page]] = {
    "news": Page(RECEIVE_NEWS, _news),
    "news.on": Page(RECEIVE_NEWS, _switch_on),
    "news.off": Page(RECEIVE_NEWS, _switch_off),
}
CHAT: Final = ChatPart(
    handlers=_handlers,
    messages={News: screens.news, NewsTogether: screens.digest},
    panel=PanelPart(pages=PAGES, entries={MenuSection.MESSAGES: (("news", RECEIVE_NEWS),)}),
)
