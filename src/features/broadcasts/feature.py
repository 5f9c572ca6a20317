"""Declaration of the broadcasts feature: its name, description and jobs, and the broadcasts that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="broadcasts",
    title=phrase("Broadcasts", "Publicaciones"),
    about=phrase(
        "One message to many people at once, or to the channels of plans, now or at a time you choose.",
        "Un mensaje a muchas personas a la vez, o a los canales de los planes, ahora o a la hora que elijas.",
    ),
    default_for=ALL_VERTICALS,
    jobs=frozenset({"bot.send_broadcast", "bot.send_draft_file", "bot.show_broadcast"}),
    live_rows=(
        LiveRows(
            name=phrase("broadcasts to send", "publicaciones por enviar"),
            table="broadcasts",
            condition="status IN ('scheduled', 'sending')",
        ),
    ),
)
