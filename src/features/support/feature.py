"""Declaration of the optional feature `support`: customer support."""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="support",
    title=phrase("Support", "Soporte"),
    about=phrase(
        "Messages that customers write to the bot reach your team, who answer in the chat or the console.",
        "Lo que los clientes escriben al bot llega a tu equipo, que contesta en el chat o en la consola.",
    ),
    default_for=ALL_VERTICALS,
    jobs=frozenset({"bot.send_support_file"}),
    live_rows=(
        LiveRows(
            name=phrase("open questions", "preguntas abiertas"), table="questions", condition="settled_at IS NULL"
        ),
    ),
)
