"""Declaration of the promotions feature: its name and description, and the codes that prevent switching it off
completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="promotions",
    title=phrase("Promotion codes", "Códigos de promoción"),
    about=phrase(
        "Codes that customers enter to pay less or get more days.",
        "Códigos que tus clientes escriben para pagar menos o tener más días.",
    ),
    default_for=NO_VERTICAL,
    used_when=("SELECT FROM public.promotions",),
    settings=frozenset({"WIN_BACK_PROMOTION"}),
    live_rows=(
        LiveRows(
            name=phrase("claimed codes that are still valid", "códigos reservados y vigentes"),
            table="promotion_claims",
            condition=(
                "EXISTS (SELECT FROM public.promotions WHERE promotions.id = promotion_claims.promotion_id"
                " AND promotions.stopped_at IS NULL"
                " AND (promotions.expires_at IS NULL OR promotions.expires_at > now())"
                " AND NOT (promotions.once AND EXISTS (SELECT FROM public.promotion_uses"
                " WHERE promotion_uses.promotion_id = promotion_claims.promotion_id"
                " AND promotion_uses.customer_id = promotion_claims.customer_id)))"
            ),
        ),
    ),
)
