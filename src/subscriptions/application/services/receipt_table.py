"""Receipts as the accountant's spreadsheet reads them: CSV, a line each, amounts as plain numbers with a point."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from subscriptions.application.handlers.show_receipts import ReceiptLine
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.money import Money

COLUMNS: Final = (
    "date",
    "number",
    "kind",
    "customer",
    "plan",
    "method",
    "amount",
    "currency",
    "tax",
    "corrects",
    "order",
    "payment",
    "issuer",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula; names come from people."""


def receipt_rows(lines: Iterable[ReceiptLine]) -> list[dict[str, str]]:
    """The same, each line by its heads."""
    return [dict(zip(COLUMNS, _row(line), strict=True)) for line in lines]


def receipt_table(lines: Iterable[ReceiptLine]) -> str:
    """The whole table, heads included. What went back is negative, its tax too; tax is empty where nobody told it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(line) for line in lines)
    return out.getvalue()


def _row(line: ReceiptLine) -> list[str]:
    item = line.receipt
    tax = item.tax
    back = item.kind is ReceiptKind.CREDIT_NOTE
    return [
        item.issued_at.date().isoformat(),
        item.label,
        str(item.kind),
        _text(item.customer_ref),
        _text(item.plan_name),
        item.provider,
        item.signed.decimal,
        item.amount.currency,
        "" if tax is None else (Money(-tax.minor, tax.currency) if back else tax).decimal,
        line.corrects,
        line.order,
        _text(line.payment_key),
        _text(item.issuer),
    ]


def _text(words: str) -> str:
    return f"'{words}" if words.startswith(_FORMULA) else words
