"""Declaration of the optional feature `webhooks`: outgoing webhooks."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="webhooks",
    title=phrase("Webhooks to your programs", "Webhooks a tus programas"),
    about=phrase(
        "Your own programs get each sale, cancellation and refund immediately, as signed webhooks.",
        "Tus programas reciben al momento cada venta, baja y devolución, como webhooks firmados.",
    ),
    default_for=NO_VERTICAL,
    used_when=("SELECT FROM public.receivers",),
    commands={"webhooks": "add, list and remove webhook endpoints"},
    jobs=frozenset({"core.tell_receiver"}),
    live_rows=(
        LiveRows(
            name=phrase("enabled endpoints", "endpoints activos"), table="receivers", condition="off_since IS NULL"
        ),
    ),
)
