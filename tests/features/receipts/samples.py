"""Samples of receipt screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.commands import name_of
from bot.screens import Screen, notices
from bot.screens.panel.people import people
from bot.texts import Texts
from features.receipts import screens
from features.receipts.cards import facts_of
from features.receipts.messages import RECEIPT
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import Shot, receipt_of
from subscriptions.application.payments.receipt_lines import ReceiptLine
from subscriptions.domain.entities.receipt import ReceiptKind
from tests.fakes.announcements import announcement


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the screens of the /recibos command, and the message with a receipt."""
    shown = [
        ReceiptLine(receipt=receipt_of(ReceiptKind.RESTORED, 43, 1000, None), corrects="R2026-00042"),
        ReceiptLine(receipt=receipt_of(ReceiptKind.CREDIT_NOTE, 7, 1000, 174), corrects="R2026-00042"),
        ReceiptLine(receipt=receipt_of(ReceiptKind.RECEIPT, 42, 2999, 521)),
    ]
    command = f"/{name_of('recibos', t.language)}"
    message = announcement(RECEIPT, number="R2026-00042")
    return [
        Shot("receipts", screens.receipts(t, shown, samples.descriptors(), samples.SUPPORT), command),
        Shot("the section of the status card", Screen(screens.section(t).text)),
        Shot("none yet", screens.receipts(t, [], samples.descriptors(), "")),
        Shot("a receipt that staff sent", notices.render(message, t.language, samples.SUPPORT)),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the card of a payment with a receipt."""
    card = panel_samples.CARD
    paid = tuple(replace(each, added=(facts_of(has_receipt=True),)) for each in card.payments[:1])
    return [Shot("a payment with a receipt", people.payments(t, replace(card, payments=paid)))]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Receipts: /recibos": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"receipts": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
