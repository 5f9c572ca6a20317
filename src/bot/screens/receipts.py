"""Screens of receipts and invoices for customers."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton
from babel.dates import format_date

from bot import callbacks
from bot.formats import quote
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.payments.list_receipts import ReceiptLine
from subscriptions.domain.entities.invoice import Buyer, InvoiceRecord
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor

_INVOICE_BUTTONS: Final = 8
"""Maximum invoices with a button."""


def receipts(
    t: Texts,
    lines: Sequence[ReceiptLine],
    descriptors: Mapping[str, GatewayDescriptor],
    support: str,
    invoice_records: Sequence[InvoiceRecord] = (),
    *,
    invoices: bool = False,
) -> Screen:
    """Return the receipts, the newest first, with their issuer.

    support: contact address. invoice_records: invoices issued by this installation. invoices: whether invoices can be
    requested.
    """
    if not lines:
        return Screen(t("receipts.none"), keyboard(plans_button(t)))
    parts = [t("receipts.title"), *(_one(t, line, descriptors) for line in lines)]
    parts += [
        t("receipts.issuer", issuer=issuer) for issuer in dict.fromkeys(line.receipt.issuer for line in lines) if issuer
    ]
    parts += [t("chat.support", contact=support)] if support else []
    documents = [button(f"📄 {line.receipt.label}", callbacks.invoice(line.receipt.id)) for line in lines]
    pairs = [documents[at : at + 2] for at in range(0, len(documents), 2)]
    newest = next((line.receipt for line in lines if line.receipt.kind is ReceiptKind.RECEIPT), None)
    pairs += [
        [button(f"🧾 {each.label}", callbacks.invoice_document(each.id))] for each in invoice_records[:_INVOICE_BUTTONS]
    ]
    if invoices and newest is not None:
        pairs.append([button(t.plain("invoices.want", number=newest.label), callbacks.want_invoice(newest.id))])
    return Screen("\n\n".join(parts), keyboard(*pairs, button(t.plain("buttons.status"), callbacks.STATUS)))


def ask_buyer(t: Texts, receipt: Receipt, buyer: Buyer | None) -> Screen:
    """Ask for the recipient of a receipt's invoice. buyer: recipient of the customer's previous invoice."""
    text = t("invoices.ask", number=receipt.label)
    if buyer is None:
        return Screen(text, keyboard(_back_button(t)))
    known_text = t("invoices.known", tax_id=buyer.tax_id, name=buyer.name, address=buyer.address)
    same_button = button(t.plain("invoices.same"), callbacks.same_invoice(receipt.id))
    return Screen(f"{known_text}\n\n{text}", keyboard(same_button, _back_button(t)))


def invoice_asked(t: Texts, receipt: Receipt, *, issued_here: bool = False) -> Screen:
    """Confirm the request for an invoice. issued_here: this installation issues the invoice."""
    return Screen(
        t("invoices.issuing" if issued_here else "invoices.asked", number=receipt.label), keyboard(_back_button(t))
    )


def invoice_refused(t: Texts, reason: str, support: str) -> Screen:
    """Return the reason of a refusal, with a contact address."""
    parts = [t(f"invoices.refused.{reason}"), *([t("chat.support", contact=support)] if support else [])]
    return Screen("\n\n".join(parts), keyboard(_back_button(t)))


def _back_button(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.receipts"), callbacks.RECEIPTS)


def _one(t: Texts, line: ReceiptLine, descriptors: Mapping[str, GatewayDescriptor]) -> str:
    item = line.receipt
    # The date in the issuer's time zone, whose year is part of the receipt's number.
    day = format_date(line.day, "d MMM y", locale=t.locale)
    gateway_descriptor = descriptors.get(item.provider)
    label = gateway_descriptor.label if gateway_descriptor is not None else {}
    method = nearest(label, t.language) or item.provider
    facts = [
        t(f"receipts.head.{item.kind}", number=item.label, day=day),
        t("receipts.what", plan=item.plan_name, method=method),
        t("receipts.amount", amount=item.signed_amount),
        t("receipts.tax", tax=item.signed_tax) if item.signed_tax is not None else "",
        t("receipts.corrects", number=line.corrects) if line.corrects else "",
    ]
    return quote(*facts)
