"""Which news an owner hears."""

from collections.abc import Mapping

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen
from bot.texts import Texts
from subscriptions.domain.entities.news import Topic


def topics(t: Texts, choices: Mapping[Topic, bool]) -> Screen:
    """A button for each topic, which switches it."""
    switches = [
        button(
            t.plain("news.on" if is_on else "news.off", topic=t.plain(f"news.topic.{topic}")),
            data("news.off" if is_on else "news.on", topic),
        )
        for topic, is_on in choices.items()
    ]
    return screen(t, t("news.panel"), *pairs(switches))
