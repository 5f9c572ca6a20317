"""Declaration of the import feature: its name, description, command and jobs, and the codes that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="moving",
    title=phrase("Moving in", "Mudanza"),
    about=phrase(
        "Import people who paid in another system: they keep what they paid for, and Stripe subscriptions continue"
        " here.",
        "Importa a quienes pagaron en otro sistema: conservan lo que pagaron, y sus suscripciones de Stripe continúan"
        " aquí.",
    ),
    default_for=NO_VERTICAL,
    used_when=(f"SELECT FROM public.activation_tokens WHERE campaign = '{IMPORT_CAMPAIGN}'",),
    commands={"import": "import people from another system's export, or members of the VIP channel"},
    jobs=frozenset({"bot.adopt_invited", "bot.ask_members"}),
    live_rows=(
        LiveRows(
            name=phrase("unused codes", "códigos sin usar"),
            table="activation_tokens",
            condition=(
                f"campaign = '{IMPORT_CAMPAIGN}' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()"
            ),
        ),
    ),
)
