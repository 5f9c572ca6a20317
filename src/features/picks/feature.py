"""Declaration of the posts (picks) feature: its name and description, and the posts that prevent switching it off
completely.
"""

from typing import Final

from subscriptions.application.features import Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="picks",
    title=phrase("Picks from programs", "Picks de programas"),
    about=phrase(
        "Your own programs send picks, which are posted in every chat of a plan; they can edit and withdraw them.",
        "Tus programas envían picks, que se publican en todos los chats de un plan; pueden editarlos y retirarlos.",
    ),
    default_for=frozenset({"tips", "signals"}),
    used_when=("SELECT FROM public.picks",),
    live_rows=(
        LiveRows(
            name=phrase("picks to come", "pronósticos por enviar"),
            table="picks",
            condition="status = 'accepted' AND reminds_of IS NULL AND (publish_at > now() OR deadline > now())",
        ),
    ),
)
