"""Screens of receipts for customers."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton
from babel.dates import format_date

from bot import callbacks
from bot.formats import quote
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from features.receipts.callbacks import invoice
from features.receipts.messages import SentReceipt
from subscriptions.application.payments.receipt_lines import ReceiptLine
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor

_ORDER: Final = 0
"""Position of the section on the status card: before all others."""


def receipts(
    t: Texts,
    lines: Sequence[ReceiptLine],
    descriptors: Mapping[str, GatewayDescriptor],
    support: str,
    more: Sequence[list[InlineKeyboardButton]] = (),
) -> Screen:
    """Return the receipts, the newest first, with their issuer. support: contact address. more: button rows of other
    features.
    """
    if not lines:
        return Screen(t("receipts.none"), keyboard(plans_button(t)))
    parts = [t("receipts.title"), *(_one(t, line, descriptors) for line in lines)]
    parts += [
        t("receipts.issuer", issuer=issuer) for issuer in dict.fromkeys(line.receipt.issuer for line in lines) if issuer
    ]
    parts += [t("chat.support", contact=support)] if support else []
    documents = [button(f"📄 {line.receipt.label}", invoice(line.receipt.id)) for line in lines]
    pairs = [documents[at : at + 2] for at in range(0, len(documents), 2)]
    return Screen("\n\n".join(parts), keyboard(*pairs, *more, button(t.plain("buttons.status"), callbacks.STATUS)))


def newest_receipt(lines: Sequence[ReceiptLine]) -> Receipt | None:
    """Return the newest receipt that is not a credit note; None if there is none. lines: newest first."""
    return next((line.receipt for line in lines if line.receipt.kind is ReceiptKind.RECEIPT), None)


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


def section(t: Texts) -> StatusSection:
    """Return the section of the status card whose button opens the receipts."""
    return StatusSection(
        order=_ORDER, text=t("status.receipts"), buttons=[[button(t.plain("buttons.receipts"), callbacks.RECEIPTS)]]
    )


def sent(t: Texts, message: SentReceipt) -> Screen:
    """Return the message about a receipt that staff sent, with the button that sends the receipt as a document."""
    text = t(f"notices.{message.kind}", number=message.number, plan=message.plan_name, amount=message.amount)
    return Screen(text, keyboard(button(f"📄 {message.number}", invoice(message.document))))
