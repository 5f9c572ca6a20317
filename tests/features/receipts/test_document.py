"""Receipts as documents: proofs of a payment that are not invoices, contain only known facts, and are reproducible."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.texts import LANGUAGES, texts_for
from features.receipts.document import receipt
from features.receipts.screens import receipts
from scripts.contact_samples import ISSUER, receipt_of
from subscriptions.application.payments.receipt_lines import ReceiptLine
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.money import Money
from tests.support.document_words import words

PAID = ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 42, 2999, 521))
UNTAXED = ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 43, 2999, None))
BACK = ReceiptLine(receipt=receipt_of(ReceiptKind.CREDIT_NOTE, 7, 1000, 174), corrects="R2026-00042")


def shown(line: ReceiptLine, language: str = "es") -> list[str]:
    return words(receipt(texts_for(language), line, "Retador 💎"))


def test_receipt_states_its_number_issuer_plan_tax_and_amount() -> None:
    lines = shown(PAID)
    item = PAID.receipt
    assert lines[:2] == ["Retador", "Recibo"]
    for value in (item.label, ISSUER, item.plan_name, "5,21\xa0€", "29,99\xa0€"):
        assert value in lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", [PAID, UNTAXED, BACK])
def test_receipt_states_that_it_is_not_an_invoice(line: ReceiptLine, language: str) -> None:
    """A document that is called an invoice or looks like an invoice must be registered (Real Decreto 1007/2023)."""
    lines, t = shown(line, language), texts_for(language)
    assert t.plain("document.no_invoice") in lines
    reported = " ".join(each for each in lines if each != t.plain("document.no_invoice")).lower()
    assert not re.search("factura|fatura|invoice|base imponible|tipo de iva|vat rate|net\\b", reported)


def test_chat_and_document_show_the_same_refunded_tax() -> None:
    assert "–1,74\xa0€" in shown(BACK)
    assert "−1,74\xa0€" in receipts(texts_for("es"), [BACK], {}, "").text


def test_receipt_without_a_recorded_tax_says_that_the_total_includes_taxes() -> None:
    assert "incluidos en el total" in shown(UNTAXED)


def test_amount_in_stars_is_written_in_words() -> None:
    stars = replace(PAID.receipt, amount=Money(1500, "XTR"), tax_minor=None)
    assert shown(ReceiptLine(receipt=stars))[-1] == "1.500 Estrellas de Telegram"


def test_characters_missing_in_the_font_are_replaced() -> None:
    named = replace(PAID.receipt, plan_name="Zażółć e\u0301lite 💎 план", amount=Money(2999, "THB"))
    lines = shown(ReceiptLine(receipt=named))
    assert "Zazólc élite ????" in [" ".join(line.split()) for line in lines]
    assert lines[-1] == "29.99 THB"


def test_credit_note_names_the_corrected_receipt() -> None:
    lines = shown(BACK)
    assert "Recibo de devolución" in lines
    assert lines[lines.index("Rectifica el recibo") + 1] == "R2026-00042"
    assert lines[-1] == "–10,00\xa0€"


def test_receipt_names_no_issuer_if_none_is_configured() -> None:
    assert "Cobrado por" not in shown(replace(PAID, receipt=replace(PAID.receipt, issuer="")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_receipt_document_is_reproducible_and_small(language: str) -> None:
    one, other = (receipt(texts_for(language), BACK, "Retador") for _ in range(2))
    assert one == other
    assert one.startswith(b"%PDF-1.7")
    assert len(one) < 5000


def test_brackets_and_backslashes_in_a_receipt_are_shown_as_typed() -> None:
    odd = replace(PAID, receipt=replace(PAID.receipt, plan_name="A) Tj (\\b"))
    assert "A) Tj (\\b" in shown(odd)
