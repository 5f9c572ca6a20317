"""Declaration of the invoices feature: its name, description and jobs, and the open work that prevents switching it off
completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="invoices",
    title=phrase("Invoices", "Facturas"),
    about=phrase(
        "Customers request an invoice for what they paid. Your own invoicing service issues it, or it is registered at"
        " Spain's tax office by Veri*factu.",
        "Los clientes piden factura de lo que han pagado. La emite tu propio programa, o se registra en la Agencia"
        " Tributaria con Veri*factu.",
    ),
    default_for=NO_VERTICAL,
    own_setting="INVOICES",
    jobs=frozenset({"core.issue_invoice"}),
    live_rows=(
        LiveRows(
            name=phrase("invoices that a refund corrects", "facturas que un reembolso rectifica"),
            table="invoice_requests",
        ),
    ),
)
