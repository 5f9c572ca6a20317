"""Which news an owner hears: each for themselves."""

from collections.abc import Mapping
from typing import Final

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.messages import news as screens
from subscriptions.domain.entities.news import Topic
from subscriptions.domain.services.staff_policy import StaffAction


async def news(visit: Visit) -> Screen:
    """All topics."""
    return screens.topics(visit.t, await visit.use.news().topics(visit.who))


async def switch_on(visit: Visit) -> Screen:
    """Hear of one from now on."""
    return await _switch(visit, is_on=True)


async def switch_off(visit: Visit) -> Screen:
    """Hear of it no more."""
    return await _switch(visit, is_on=False)


async def _switch(visit: Visit, *, is_on: bool) -> Screen:
    topic = next((each for each in Topic if each == visit.part()), None)
    if topic is None:
        raise Stale("no such topic")
    await visit.use.news().switch(visit.who, topic, is_on=is_on)
    return await news(visit)


PAGES: Final[Mapping[str, Page]] = {
    "news": Page(StaffAction.HEAR_NEWS, news),
    "news.on": Page(StaffAction.HEAR_NEWS, switch_on),
    "news.off": Page(StaffAction.HEAR_NEWS, switch_off),
}
