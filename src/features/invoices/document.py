"""Invoices as PDF files, with the QR code of the tax office's page (Orden HAC/1177/2024, articles 20 and 21).

A document contains only data of the invoice record and the brand, so the same record always gives the same bytes. The
router imports this module with the first invoice.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import pydyf
import segno
from babel.dates import format_date
from babel.numbers import format_decimal

from bot.documents import REGULAR, document, write
from bot.texts import Texts
from features.invoices.domain.invoice import InvoiceKind, InvoiceRecord
from subscriptions.domain.money import Money

_SIDE: Final = 100
"""Side of the QR code in points: 35 millimetres, within the required 30 to 40."""
_AT: Final = (440, 704)
_SMALL: Final = 8
_QR_CAPTION, _QR_LEGEND = "QR tributario:", "VERI*FACTU"
"""Texts that the regulation requires above and below the QR code."""
_TITLES: Final = {
    InvoiceKind.FULL: "invoice",
    InvoiceKind.REPLACEMENT: "invoice",
    InvoiceKind.CORRECTION: "correction",
    InvoiceKind.SIMPLIFIED: "simplified",
    InvoiceKind.SIMPLIFIED_CORRECTION: "simplified_correction",
}


def invoice(t: Texts, record: InvoiceRecord, brand: str) -> bytes:
    """Return the PDF of one invoice."""
    rows = [(t.plain(f"document.{name}"), value) for name, value in _facts(t, record) if value]
    title = t.plain(f"document.title.{_TITLES[record.kind_of_invoice]}")
    return document(brand, title, rows, lambda stream: _draw(stream, record.link))


def _facts(t: Texts, record: InvoiceRecord) -> Sequence[tuple[str, str]]:
    net = record.total_minor - record.tax_minor
    rate = format_decimal(Decimal(record.rate).normalize(), locale=t.locale)
    return [
        ("number", record.label),
        ("issued", format_date(record.issued_on, "long", locale=t.locale)),
        ("sold", format_date(record.sold_on, "long", locale=t.locale)),
        ("seller", f"{record.issuer_name} · NIF {record.issuer_tax_id}"),
        ("identity", record.issuer),
        ("buyer", f"{record.buyer_name} · NIF {record.buyer_tax_id}" if record.kind_of_invoice.names_buyer else ""),
        ("address", record.buyer_address),
        ("rectifies" if record.kind_of_invoice.corrects else "replaces", record.corrects or ""),
        ("what", record.description),
        ("net", t.money(Money(net, "EUR"))),
        ("vat", f"{rate}\xa0% · {t.money(Money(record.tax_minor, 'EUR'))}"),
        ("total", t.money(Money(record.total_minor, "EUR"))),
    ]


def _draw(stream: pydyf.Stream, link: str) -> None:
    """Draw the QR code as squares, from the top row down, with its caption and legend."""
    matrix = segno.make(link, error="m", micro=False).matrix
    side, (x, low) = _SIDE / len(matrix), _AT
    write(stream, REGULAR, _SMALL, x, low + _SIDE + 5, _QR_CAPTION)
    write(stream, REGULAR, _SMALL, x, low - 12, _QR_LEGEND)
    for number, row in enumerate(matrix, start=1):
        for index, is_dark in enumerate(row):
            if is_dark:
                stream.rectangle(round(x + index * side, 3), round(low + _SIDE - number * side, 3), side, side)
    stream.fill()
