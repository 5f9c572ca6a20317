"""Setting of the groups that receive the activity feed."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

from features.news.domain import DEFAULT_TOPICS, NewsChat, Topic
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.environment import EnvironmentSettings, setting

_CHAT: Final = re.compile(r"(?:(?P<topics>[a-z_+]+)=)?(?P<chat>-\d{2,19})(?:/(?P<thread>\d{1,9}))?\Z")


def news_chats(value: object) -> object:
    """Parse a text like `sale+refund=-100123/7, -100456` into the chats that receive the activity feed. Values other
    than text are returned unchanged. Raises ValueError if the text has another form or names an unknown topic.
    """
    if not isinstance(value, str):
        return value
    return tuple(_chat(item.strip()) for item in value.split(",") if item.strip())


def _chat(text: str) -> NewsChat:
    match = _CHAT.match(text)
    if match is None:
        raise ValueError("must be like -1001234567890, -1001234567890/7 or sale+refund=-1001234567890/7")
    words = (match["topics"] or "").split("+") if match["topics"] else list(DEFAULT_TOPICS)
    unknown_topics = [word for word in words if word not in set(Topic)]
    if unknown_topics:
        raise ValueError(f"doesn't have an event called {', '.join(unknown_topics)}, but {', '.join(Topic)}")
    return NewsChat(
        chat=TelegramId(int(match["chat"])),
        thread=int(match["thread"]) if match["thread"] else None,
        topics=frozenset(Topic(word) for word in words),
    )


class NewsSettings(EnvironmentSettings):
    """Setting with the groups that receive the activity feed in addition to the owners."""

    news_groups: Annotated[tuple[NewsChat, ...], BeforeValidator(news_chats)] = setting(
        "NEWS_GROUPS",
        "groups that receive the activity feed: -100…, -100…/7 for one of their topics, sale+refund=-100…/7 for"
        " some events only; separated by commas",
        es="grupos que reciben los avisos de actividad: -100…, -100…/7 para uno de sus temas, sale+refund=-100…/7"
        " solo para algunos avisos; separados por comas",
        default=(),
    )


SETTINGS: Final = (("bot", NewsSettings),)
