"""Receipts as PDF files.

A receipt proves a payment and states that it is not an invoice, because invoices issued by software have to be
registered with the tax office (Spain: Real Decreto 1007/2023).
"""

from collections.abc import Sequence

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.documents import document, western
from bot.texts import Texts
from subscriptions.application.payments.receipt_lines import ReceiptLine
from subscriptions.application.views.amounts import with_minus
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money


def receipt(t: Texts, line: ReceiptLine, brand: str) -> bytes:
    """Return the PDF of one receipt."""
    rows = [(t.plain(f"document.{name}"), value) for name, value in _facts(t, line) if value]
    return document(brand, t.plain(f"document.title.{line.receipt.kind}"), rows)


def _facts(t: Texts, line: ReceiptLine) -> Sequence[tuple[str, str]]:
    item, tax = line.receipt, line.receipt.signed_tax
    return [
        ("number", item.label),
        ("date", format_date(line.day, "long", locale=t.locale)),
        ("issuer", item.issuer),
        ("corrects", line.corrects),
        ("what", item.plan_name),
        ("tax", _money(t, tax) if tax is not None else t.plain("document.included")),
        ("about", t.plain("document.no_invoice")),
        ("total", _money(t, item.signed_amount)),
    ]


def _money(t: Texts, amount: Money) -> str:
    if amount.currency == TELEGRAM_CURRENCY:
        return f"{with_minus(format_decimal(amount.minor, locale=t.locale))} {t.plain('document.xtr')}"
    money = t.money(amount)
    return f"{amount.decimal} {amount.currency}" if "?" in western(money) else money
