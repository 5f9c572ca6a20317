"""Declaration of the feature."""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="news",
    title=phrase("Activity feed", "Avisos de actividad"),
    about=phrase(
        "Owners and their groups hear of sales, refunds and cancellations at once, and of the figures each morning.",
        "Los propietarios y sus grupos saben al momento de ventas, devoluciones y bajas, y cada mañana las cifras.",
    ),
    default_for=ALL_VERTICALS,
    jobs=frozenset({"bot.note_news", "bot.tell_news"}),
)
