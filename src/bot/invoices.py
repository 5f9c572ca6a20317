"""A receipt as a PDF that can be kept and printed: the same bytes each time, with nothing on it that is not on record.

What it holds is what Spanish law asks of a simplified invoice (Real Decreto 1619/2012, article 7; a correction names
what it corrects, article 15): number and series, date, who issues it with tax number, what was sold, the tax or that it
is included, the total. Imported by `bot.routers.receipts` when somebody wants one.
"""

import io
import textwrap
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import pydyf
from babel.dates import format_date

from bot.texts import Texts
from subscriptions.application.payments.list_receipts import ReceiptLine
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.money import Money

_PAGE: Final = (595, 842)
"""A4 in points."""
_LEFT: Final = 64
_TOP: Final = 770
_VALUE: Final = 210
"""Where the second column begins."""
_WIDE: Final = 60
"""Letters in one line of it."""
_REGULAR: Final = "F1"
_BOLD: Final = "F2"


def invoice(t: Texts, line: ReceiptLine, brand: str, vat_rate: Decimal | None) -> bytes:
    """The document of one receipt. vat_rate: per cent in the prices, for receipts of which no provider told the tax."""
    item = line.receipt
    rows = [(t.plain(f"document.{name}"), value) for name, value in _facts(t, line, vat_rate) if value]
    return _pdf(brand, _title(t, item), rows)


def _title(t: Texts, item: Receipt) -> str:
    # Without its issuer it is no invoice, and does not say so.
    return t.plain(f"document.title.{item.kind}" if item.issuer else "document.title.unsigned")


def _facts(t: Texts, line: ReceiptLine, vat_rate: Decimal | None) -> Sequence[tuple[str, str]]:
    item = line.receipt
    tax, rate = _tax(item, vat_rate)
    sign = -1 if item.kind is ReceiptKind.CREDIT_NOTE else 1
    base = Money(sign * (item.amount.minor - tax.minor), tax.currency) if tax else None
    return [
        ("number", item.label),
        ("series", f"{item.series} · {item.year}"),
        ("date", format_date(item.issued_at.date(), "long", locale=t.locale)),
        ("issuer", item.issuer),
        ("corrects", line.corrects),
        ("what", item.plan_name),
        ("base", t.money(base) if base else ""),
        ("rate", f"{rate} %" if rate is not None else ""),
        ("tax", t.money(Money(sign * tax.minor, tax.currency)) if tax else t.plain("document.included")),
        ("total", t.money(item.signed)),
    ]


def _tax(item: Receipt, vat_rate: Decimal | None) -> tuple[Money | None, Decimal | None]:
    """The tax within the amount, and its rate where that is known: what the provider told comes first."""
    if item.tax is not None:
        return item.tax, None
    if vat_rate is None:
        return None, None
    part = (item.amount.minor * vat_rate / (100 + vat_rate)).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(int(part), item.amount.currency), vat_rate.normalize()


def _pdf(brand: str, title: str, rows: Sequence[tuple[str, str]]) -> bytes:
    stream, height = pydyf.Stream(), _TOP
    _write(stream, _BOLD, 14, _LEFT, height, brand)
    height -= 36
    _write(stream, _BOLD, 20, _LEFT, height, title)
    height -= 40
    for name, value in rows:
        _write(stream, _REGULAR, 11, _LEFT, height, name)
        for part in textwrap.wrap(value, _WIDE):
            _write(stream, _BOLD if (name, value) == rows[-1] else _REGULAR, 11, _VALUE, height, part)
            height -= 16
        height -= 8
    return _written(stream)


def _write(stream: pydyf.Stream, font: str, size: int, x: int, y: int, words: str) -> None:
    stream.begin_text()
    stream.set_font_size(font, size)
    stream.set_text_matrix(1, 0, 0, 1, x, y)
    # The fonts that every reader has know the signs of Western Europe, the euro among them; an emoji is left out.
    stream.show_text_string(words.encode("cp1252", "ignore").strip())
    stream.end_text()


def _written(stream: pydyf.Stream) -> bytes:
    document = pydyf.PDF()
    document.add_object(stream)
    fonts = {_REGULAR: _font(document, "/Helvetica"), _BOLD: _font(document, "/Helvetica-Bold")}
    page = {
        "Type": "/Page",
        "Parent": document.pages.reference,
        "MediaBox": pydyf.Array([0, 0, *_PAGE]),
        "Contents": stream.reference,
        "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
    }
    document.add_page(pydyf.Dictionary(page))
    out = io.BytesIO()
    document.write(out, identifier=True)
    return out.getvalue()


def _font(document: pydyf.PDF, name: str) -> bytes:
    font = pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": name, "Encoding": "/WinAnsiEncoding"})
    document.add_object(font)
    reference: bytes = font.reference
    return reference
