"""Declaration of the optional feature `tokens`: activation codes."""

from typing import Final

from subscriptions.application.features import Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="tokens",
    title=phrase("Activation codes", "Códigos de activación"),
    about=phrase(
        "Single-use links that give a plan without payment: for prizes, testers or sales made elsewhere.",
        "Enlaces de un solo uso que dan un plan sin pago: para premios, pruebas o ventas hechas en otro sitio.",
    ),
    default_for=frozenset({"tips", "signals"}),
    used_when=("SELECT FROM public.activation_tokens WHERE order_id IS NULL",),
    live_rows=(
        LiveRows(
            name=phrase("codes that can still be used", "códigos que aún se pueden usar"),
            table="activation_tokens",
            condition=(
                "activation_tokens.used_at IS NULL AND activation_tokens.revoked_at IS NULL"
                " AND activation_tokens.expires_at > now() AND activation_tokens.order_id IS NULL"
            ),
        ),
    ),
)
