"""Alarm about a group that refuses the messages of the activity feed."""

from features.news.permissions import RECEIVE_NEWS
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, PanelPage


class NewsRefused(AlarmKind):
    """Alarm: a group refuses the bot's messages of the activity feed."""

    name = "news_refused"
    closes = ByCause()
    link = PanelPage("news", RECEIVE_NEWS)
    group: str
    reason: str
