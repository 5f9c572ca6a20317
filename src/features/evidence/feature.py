"""Declaration of the evidence feature: its name, description and jobs, and the disputes that prevent switching it off
completely.
"""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="evidence",
    title=phrase("Evidence for disputes", "Pruebas para disputas"),
    about=phrase(
        "Everything on record about a payment in one file, and responses to disputes with one tap if the provider"
        " supports it.",
        "Todo lo registrado sobre un pago en un archivo, y respuestas a disputas con un toque si el proveedor lo"
        " permite.",
    ),
    default_for=ALL_VERTICALS,
    jobs=frozenset({"core.offer_evidence", "core.remind_evidence", "core.submit_evidence"}),
    live_rows=(
        LiveRows(
            name=phrase("disputes to answer", "disputas por responder"),
            table="dispute_responses",
            condition=(
                "status <> 'sent' AND EXISTS (SELECT FROM public.disputes"
                " WHERE disputes.id = dispute_id AND disputes.status IN ('inquiry', 'open'))"
            ),
        ),
    ),
)
