"""Declaration of the optional feature `transfer`: account transfers."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="transfer",
    title=phrase("Account transfer", "Cambio de cuenta"),
    about=phrase(
        "Customers who lose their Telegram account continue with a second account that they added, or that your team"
        " approves.",
        "Quien pierde su cuenta de Telegram sigue con otra que añadió antes, o que aprueban dos personas de tu equipo.",
    ),
    default_for=NO_VERTICAL,
    used_when=(
        "SELECT FROM public.second_accounts",
        "SELECT FROM public.takeovers",
    ),
    live_rows=(
        LiveRows(name=phrase("open transfers", "traspasos abiertos"), table="takeovers", condition="closed_at IS NULL"),
        LiveRows(
            name=phrase("second accounts", "segundas cuentas"),
            table="second_accounts",
            condition="telegram_id IS NOT NULL",
        ),
    ),
)
