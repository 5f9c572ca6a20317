"""Sample screens of the activity feed, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.screens.notices import render
from bot.texts import Texts
from features.news.domain import DEFAULT_TOPICS, LOST, OPENED, WON, Topic
from features.news.messages import News, NewsTogether
from features.news.screens import topics
from scripts.contact_samples import Shot

_FACTS: Final = {
    "who": "@ana_p",
    "customer": "019a3f00-0000-7000-8000-000000000001",
    "plan": "Retabet",
    "minor": "2999",
    "currency": "EUR",
}
_LINE: Final = {
    "day": "2026-03-09T00:00:00+01:00",
    "last": "2026-03-15T00:00:00+01:00",
    "new": "12",
    "lost": "3",
    "active": "148",
    "earned": "359.88 EUR · 500 XTR",
}


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the topic switches, one message of each topic, a combined message, and a message in a group."""
    switches = Shot("what an owner hears", topics(t, {topic: topic in DEFAULT_TOPICS for topic in Topic}))
    until = {"until": "2026-04-12T19:00:00+02:00", "reason": "price"}
    pieces = [
        News(topic=Topic.SALE, facts=_FACTS),
        News(topic=Topic.RENEWAL, facts=_FACTS),
        News(topic=Topic.FAILED_CHARGE, facts=_FACTS),
        News(topic=Topic.CANCELLATION, facts=_FACTS | until),
        News(topic=Topic.REFUND, facts=_FACTS),
        *(News(topic=Topic.DISPUTE, said=word, facts=_FACTS) for word in (OPENED, WON, LOST)),
    ]
    figures = [News(topic=topic, facts=_LINE) for topic in (Topic.DAILY, Topic.WEEKLY)]
    newer = News(topic="of_next_year", facts=_FACTS)
    grouped = News(topic=Topic.SALE, facts=_FACTS | {"bot": "umbral_bot"}, thread_id=7)
    astray = NewsTogether(news=(grouped, grouped)).astray() or grouped
    shots = [Shot(f"{each.topic} {each.said}".strip(), render(each, t.language)) for each in [*pieces, *figures, newer]]
    together = render(NewsTogether(news=(*pieces, *pieces, figures[0])), t.language)
    groups = [
        Shot("in a group", render(grouped, t.language)),
        Shot("in a group whose topic is gone", render(astray, t.language)),
    ]
    return [switches, *shots, Shot("many at once", together), *groups]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"news": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
