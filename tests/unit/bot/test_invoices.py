"""Receipts as documents: what the law asks, nothing invented, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.invoices import invoice
from bot.screens.receipts import receipts
from bot.texts import LANGUAGES, texts_for
from scripts.contact_receipts import ISSUER, receipt_of
from subscriptions.application.payments.list_receipts import ReceiptLine
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.money import Money

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
    assert lines[lines.index("Tipo de IVA") + 1] == "21 %"


def test_the_chat_and_the_document_give_tax_back_alike() -> None:
    assert "-1,74\xa0€" in shown(BACK)
    assert "-1,74\xa0€" in receipts(texts_for("es"), [BACK], {}, "").text


def test_it_says_of_tax_what_is_on_record_whatever_the_rate_is_now() -> None:
    for rate in (None, "21"):
        lines = shown(UNTOLD, rate)
        assert "IVA incluido" in lines
        assert lines[1] == "Recibo"
    assert shown(PAID, "10") == shown(PAID)


@pytest.mark.parametrize(("minor", "tax", "rate"), [(1100, 100, "10"), (1200, 200, "20"), (1055, 55, "5.5")])
def test_a_rate_is_written_in_full(minor: int, tax: int, rate: str) -> None:
    lines = shown(ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 1, minor, tax)), rate)
    assert lines[lines.index("Tipo de IVA") + 1] == f"{rate.replace('.', ',')} %"


def test_it_is_an_invoice_only_with_a_rate_and_up_to_400_euros() -> None:
    def title(minor: int, tax: int | None, currency: str = "EUR") -> str:
        made = receipt_of(ReceiptKind.RECEIPT, 1, minor, tax)
        return shown(ReceiptLine(receipt=replace(made, amount=Money(minor, currency))))[1]

    assert title(40000, 6942) == "Factura simplificada"
    assert {title(40001, 6942), title(2999, None), title(2999, 444), title(2999, 521, "USD")} == {"Recibo"}
    large = receipt_of(ReceiptKind.RECEIPT, 1, 50000, 8678)
    assert shown(replace(BACK, corrected=large))[1] == "Recibo"


def test_stars_are_named_and_hold_no_tax() -> None:
    stars = replace(PAID.receipt, amount=Money(1500, "XTR"), tax_minor=None)
    lines = shown(ReceiptLine(receipt=stars), "21")
    assert lines[-1] == "1.500 Estrellas de Telegram"
    assert not {"Base imponible", "Tipo de IVA"} & set(lines)


def test_what_the_fonts_lack_is_written_with_what_they_have() -> None:
    named = replace(PAID.receipt, plan_name="Zażółć e\u0301lite 💎 план", amount=Money(2999, "THB"))
    lines = shown(ReceiptLine(receipt=named))
    assert "Zazólc élite ????" in [" ".join(line.split()) for line in lines]
    assert lines[-1] == "29.99 THB"


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
