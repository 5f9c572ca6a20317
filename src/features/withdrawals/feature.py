"""Declaration of the optional feature `withdrawals`: withdrawals from contracts."""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="withdrawals",
    title=phrase("Withdrawals", "Desistimientos"),
    about=phrase(
        "Customers withdraw from a contract with a button, within the 14 days that European law gives them.",
        "Tus clientes desisten de un contrato con un botón, en los 14 días que les da la ley europea.",
    ),
    default_for=ALL_VERTICALS,
    own_setting="WITHDRAWAL",
    setting_ends_rights=True,
    lasting_links=frozenset({"withdraw"}),
    live_rows=(
        LiveRows(
            # The period is 14 days, and ends on a working day.
            name=phrase("contracts in their withdrawal period", "contratos en plazo de desistimiento"),
            table="orders",
            condition=(
                "status = 'paid' AND paid_at > now() - interval '18 days' AND NOT EXISTS (SELECT FROM"
                " public.withdrawals WHERE withdrawals.order_id = orders.id)"
            ),
        ),
    ),
)
