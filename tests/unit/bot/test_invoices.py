"""Receipts as documents: what the law asks, nothing invented, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.invoices import invoice
from bot.texts import LANGUAGES, texts_for
from scripts.contact_receipts import ISSUER, receipt_of
from subscriptions.application.payments.list_receipts import ReceiptLine
from subscriptions.domain.entities.receipt import ReceiptKind

PAID = ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 42, 2999, 521))
UNTOLD = ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 43, 2999, None))
BACK = ReceiptLine(receipt=receipt_of(ReceiptKind.CREDIT_NOTE, 7, 1000, 174), corrects="R2026-00042")


def words(document: bytes) -> list[str]:
    """What is written on it, in order."""
    found = re.findall(rb"^\((.*)\) Tj$", document, re.MULTILINE)
    return [re.sub(rb"\\(.)", rb"\1", part).decode("cp1252") for part in found]


def shown(line: ReceiptLine, rate: str | None = None, language: str = "es") -> list[str]:
    return words(invoice(texts_for(language), line, "Retador 💎", Decimal(rate) if rate else None))


def test_it_holds_what_a_simplified_invoice_has_to() -> None:
    lines = shown(PAID)
    item = PAID.receipt
    assert lines[:2] == ["Retador", "Factura simplificada"]
    for value in (item.label, f"R · {item.year}", ISSUER, item.plan_name, "24,78\xa0€", "5,21\xa0€", "29,99\xa0€"):
        assert value in lines
    assert "Tipo de IVA" not in lines


def test_tax_is_named_as_far_as_it_is_known() -> None:
    assert "IVA incluido" in shown(UNTOLD)
    told = shown(UNTOLD, "21")
    assert [told[told.index(name) + 1] for name in ("Base imponible", "Tipo de IVA", "IVA", "Total")] == [
        "24,79\xa0€",
        "21 %",
        "5,20\xa0€",
        "29,99\xa0€",
    ]


def test_a_credit_note_names_what_it_corrects() -> None:
    lines = shown(BACK)
    assert "Factura simplificada rectificativa" in lines
    assert lines[lines.index("Rectifica a") + 1] == "R2026-00042"
    assert lines[-1] == "-10,00\xa0€"


def test_without_its_issuer_it_is_no_invoice() -> None:
    lines = shown(replace(PAID, receipt=replace(PAID.receipt, issuer="")))
    assert lines[1] == "Recibo"
    assert "Emisor" not in lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_the_same_each_time_and_small(language: str) -> None:
    one, other = (invoice(texts_for(language), BACK, "Retador", None) for _ in range(2))
    assert one == other
    assert one.startswith(b"%PDF-1.7")
    assert len(one) < 5000


def test_brackets_and_backslashes_are_words() -> None:
    odd = replace(PAID, receipt=replace(PAID.receipt, plan_name="A) Tj (\\b"))
    assert "A) Tj (\\b" in shown(odd)
