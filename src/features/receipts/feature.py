"""Declaration of the receipts feature: its name, description and command, and the receipts that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import ALL_VERTICALS, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="receipts",
    title=phrase("Receipts", "Recibos"),
    about=phrase(
        "Customers see a receipt of each payment and refund, and get it as a document. You list and export them.",
        "Los clientes ven un recibo de cada pago y devolución, y lo reciben como documento. Tú los listas y exportas.",
    ),
    default_for=ALL_VERTICALS,
    commands={"receipts": "export receipts as CSV, for the accountant"},
    live_rows=(LiveRows(name=phrase("receipts of customers", "recibos de clientes"), table="receipts"),),
)
