"""Declaration of the feature."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="referrals",
    title=phrase("Referrals", "Recomendados"),
    about=phrase(
        "A customer who brings another one by a link is given days, and so is the other, with the first payment.",
        "Quien trae a otro cliente con su enlace recibe días, y el otro también, con el primer pago.",
    ),
    default_for=NO_VERTICAL,
    own_setting="REFERRAL_DAYS",
    lasting_links=frozenset({"ref_"}),
    jobs=frozenset({"core.give_referral"}),
    live_rows=(
        LiveRows(
            name=phrase("days given that a refund takes back", "días regalados que un reembolso retira"),
            table="ledger_entries",
            condition=(
                "source_key LIKE 'referral:%' AND source_key NOT LIKE '%:back' AND EXISTS (SELECT FROM"
                " public.subscriptions WHERE subscriptions.id = ledger_entries.subscription_id"
                " AND subscriptions.access_until > now())"
            ),
        ),
    ),
)
