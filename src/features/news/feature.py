"""Declaration of the activity feed feature: its name, description and jobs."""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="news",
    title=phrase("Activity feed", "Avisos de actividad"),
    about=phrase(
        "Owners and their groups are notified of sales, refunds and cancellations as they happen, and get the figures"
        " each morning.",
        "Los propietarios y sus grupos se enteran al momento de ventas, devoluciones y bajas, y reciben las cifras"
        " cada mañana.",
    ),
    default_for=ALL_VERTICALS,
    jobs=frozenset({"bot.note_news", "bot.tell_news"}),
)
