"""Screens about receipts for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import name_of
from bot.screens import receipts
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.payments.receipt_lines import ReceiptLine
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME

ISSUER = "Retador S.L. · B12345678 · Calle Mayor 1, Madrid"


def receiving(t: Texts) -> Sequence[Shot]:
    """Return the screens of the /recibos command."""
    shown = [
        ReceiptLine(receipt=receipt_of(ReceiptKind.RESTORED, 43, 1000, None), corrects="R2026-00042"),
        ReceiptLine(receipt=receipt_of(ReceiptKind.CREDIT_NOTE, 7, 1000, 174), corrects="R2026-00042"),
        ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 42, 2999, 521)),
    ]
    command = f"/{name_of('recibos', t.language)}"
    return [
        Shot("receipts", receipts.receipts(t, shown, samples.descriptors(), samples.SUPPORT), command),
        Shot("none yet", receipts.receipts(t, [], samples.descriptors(), "")),
    ]


def receipt_of(kind: ReceiptKind, number: int, minor: int, tax: int | None) -> Receipt:
    """Return a sample receipt of the given kind."""
    made = Receipt.draft(
        kind,
        samples.ACCESS,
        payment_id=PaymentId(samples.ACCESS),
        order_id=OrderId(samples.ACCESS),
        customer_id=CustomerId(samples.ACCESS),
        customer_ref="6000000011 · @ana",
        plan_name=samples.RETABET.name,
        provider="card",
        amount=Money(minor, "EUR"),
        tax_minor=tax,
        issuer=ISSUER,
        zone=HOME,
        now=samples.NOW,
    )
    made.number = number
    return made
