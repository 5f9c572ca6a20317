"""Alarm about a person who may be guessing promotion codes."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.domain.ids import TelegramId


class CodesGuessed(AlarmKind):
    """Alarm: a person tried five codes without a promotion within an hour. For the rest of the hour, none of the
    person's codes is looked at.
    """

    name = "codes_guessed"
    closes = News()
    telegram_id: TelegramId
