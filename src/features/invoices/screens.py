"""Screens of invoices for customers, with the callback data of their buttons."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from features.invoices.domain.invoice import Buyer, InvoiceRecord
from features.invoices.messages import Invoice
from subscriptions.domain.entities.receipt import Receipt

WANT_PATTERN: Final = r"want_invoice_(?P<receipt>[0-9a-f]{32})"
SAME_PATTERN: Final = r"same_invoice_(?P<receipt>[0-9a-f]{32})"
ISSUED_PATTERN: Final = r"issued_(?P<record>[0-9a-f]{32})"
_BUTTONS: Final = 8
"""Maximum number of invoices that are shown with a button."""


def rows(t: Texts, records: Sequence[InvoiceRecord], newest: Receipt | None) -> Sequence[list[InlineKeyboardButton]]:
    """Return the button rows below the receipts. newest: receipt for which an invoice can be requested; None if there
    is none.
    """
    found = [[button(f"🧾 {each.label}", _issued(each.id.hex))] for each in records[:_BUTTONS]]
    if newest is not None:
        found.append([button(t.plain("invoices.want", number=newest.label), _want(newest.id))])
    return found


def ask_buyer(t: Texts, receipt: Receipt, buyer: Buyer | None) -> Screen:
    """Ask for the buyer to be named on a receipt's invoice. buyer: buyer named on the customer's previous invoice; None
    if there is none.
    """
    text = t("invoices.ask", number=receipt.label)
    if buyer is None:
        return Screen(text, keyboard(_back_button(t)))
    known_text = t("invoices.known", tax_id=buyer.tax_id, name=buyer.name, address=buyer.address)
    same_button = button(t.plain("invoices.same"), _same(receipt.id))
    return Screen(f"{known_text}\n\n{text}", keyboard(same_button, _back_button(t)))


def asked(t: Texts, receipt: Receipt, *, issued_here: bool = False) -> Screen:
    """Confirm the request for an invoice. issued_here: True if this installation issues the invoice."""
    return Screen(
        t("invoices.issuing" if issued_here else "invoices.asked", number=receipt.label), keyboard(_back_button(t))
    )


def refused(t: Texts, reason: str, support: str) -> Screen:
    """Return the reason why an invoice was refused, with a contact address."""
    parts = [t(f"invoices.refused.{reason}"), *([t("chat.support", contact=support)] if support else [])]
    return Screen("\n\n".join(parts), keyboard(_back_button(t)))


def _back_button(t: Texts) -> InlineKeyboardButton:
    return button(t.plain("buttons.receipts"), callbacks.RECEIPTS)


def issued(t: Texts, message: Invoice) -> Screen:
    """Return the notice that an invoice was issued or canceled, with the button that sends the invoice
    as a document.
    """
    text = t(
        f"notices.{message.kind}.{message.word}",
        number=message.number,
        plan=message.plan_name,
        amount=message.amount,
        corrects=message.corrects,
    )
    if message.cancelled:
        return Screen(text)
    return Screen(text, keyboard(button(t.plain("invoices.open", number=message.number), _issued(message.record))))


def _want(receipt: UUID) -> str:
    """Return the callback data of the button that asks for the buyer on a receipt's invoice."""
    return f"want_invoice_{receipt.hex}"


def _same(receipt: UUID) -> str:
    """Return the callback data of the button that requests an invoice for the buyer named on the previous invoice."""
    return f"same_invoice_{receipt.hex}"


def _issued(record: str) -> str:
    """Return the callback data of the button that sends an invoice as a document. record: id of the record, in
    hexadecimal.
    """
    return f"issued_{record}"
