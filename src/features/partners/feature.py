"""Declaration of the partners feature: its name, description and job, and the partners that prevent switching it off
completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="partners",
    title=phrase("Partners", "Afiliados"),
    about=phrase(
        "Partners bring customers through their own link, and earn a commission on what those customers pay.",
        "Tus afiliados traen clientes con su propio enlace y ganan una comisión por lo que esos clientes pagan.",
    ),
    default_for=NO_VERTICAL,
    used_when=("SELECT FROM public.partners",),
    jobs=frozenset({"core.settle_commission"}),
    live_rows=(
        LiveRows(
            name=phrase("partner accounts", "cuentas de afiliados"), table="partners", condition="ended_at IS NULL"
        ),
        LiveRows(
            name=phrase("partners to be paid", "afiliados por pagar"),
            table="partners",
            condition=(
                "ended_at IS NOT NULL AND EXISTS (SELECT FROM public.partner_entries WHERE partner_id = partners.id"
                " GROUP BY amount_currency"
                " HAVING sum(CASE WHEN kind = 'earned' THEN amount_minor ELSE -amount_minor END) > 0)"
            ),
        ),
    ),
)
