"""Documents of invoices, with the legally required details and the QR code."""

from __future__ import annotations

import pytest

from bot.texts import LANGUAGES, texts_for
from features.invoices.document import invoice
from features.invoices.domain.invoice import InvoiceKind
from tests.features.invoices.fakes import after, record
from tests.support.document_words import words


@pytest.mark.parametrize("language", LANGUAGES)
def test_invoice_shows_legally_required_details_and_qr_code(language: str) -> None:
    t, issued = texts_for(language), record()
    about = {"corrects": issued.label}
    back = after(
        issued, series="FR", kind_of_invoice=InvoiceKind.CORRECTION, total_minor=-1000, tax_minor=-174, **about
    )
    nobody = {"buyer_tax_id": "", "buyer_name": "", "buyer_address": ""}
    simplified = after(back, series="FS", kind_of_invoice=InvoiceKind.SIMPLIFIED, corrects=None, **nobody)
    less = after(simplified, series="FSR", kind_of_invoice=InvoiceKind.SIMPLIFIED_CORRECTION, total_minor=-1, **about)
    instead = after(issued, kind_of_invoice=InvoiceKind.REPLACEMENT, **about)
    for made, title, named in (
        (issued, "invoice", None),
        (back, "correction", "rectifies"),
        (simplified, "simplified", None),
        (less, "simplified_correction", "rectifies"),
        (instead, "invoice", "replaces"),
    ):
        lines = words(invoice(t, made, "Retador"))
        assert {"QR tributario:", "VERI*FACTU", made.label, made.issuer} <= set(lines)
        assert (t.plain("document.buyer") in lines) is made.kind_of_invoice.names_buyer
        assert (made.buyer_address in lines) is made.kind_of_invoice.names_buyer
        assert t.plain(f"document.title.{title}") in lines
        names = [name for name in ("rectifies", "replaces") if t.plain(f"document.{name}") in lines]
        assert names == ([named] if named else [])
        assert any(made.issuer_tax_id in each for each in lines)
        assert (issued.label in lines) is (made.corrects is not None or made is issued)
    assert "24,79\xa0€" in words(invoice(texts_for("es"), issued, "Retador"))
