"""Declaration of the optional feature `referrals`: free days for referrals."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="referrals",
    title=phrase("Referrals", "Recomendados"),
    about=phrase(
        "Customers who refer a friend get free days, and so does the friend, once the friend makes their first"
        " payment.",
        "Los clientes que invitan a un amigo reciben días gratis, y el amigo también, con su primer pago.",
    ),
    default_for=NO_VERTICAL,
    own_setting="REFERRAL_DAYS",
    lasting_links=frozenset({"ref_"}),
    jobs=frozenset({"core.give_referral"}),
    live_rows=(
        LiveRows(
            name=phrase("days given that a refund revokes", "días regalados que un reembolso retira"),
            table="ledger_entries",
            condition=(
                "source_key LIKE 'referral:%' AND source_key NOT LIKE '%:back' AND EXISTS (SELECT FROM"
                " public.subscriptions WHERE subscriptions.id = ledger_entries.subscription_id"
                " AND subscriptions.access_until > now())"
            ),
        ),
    ),
)
