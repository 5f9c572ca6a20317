"""Samples of invoice screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.keyboards import keyboard
from bot.screens import Screen, notices
from bot.screens.panel.people import people
from bot.texts import Texts
from features.invoices import screens
from features.invoices.cards import facts_of
from features.invoices.domain.invoice import Buyer
from features.invoices.messages import INVOICE
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import Shot, receipt_of
from subscriptions.domain.entities.receipt import ReceiptKind
from tests.fakes.announcements import announcement
from tests.features.invoices.fakes import record

_BUYER: Final = Buyer(tax_id="12345678Z", name="Ana García", address="Calle Mayor 1, 28013 Madrid")
_REFUSALS: Final = ("off", "unknown", "back", "asked", "tax_id", "name", "address", "by_hand", "partly_back")
_MESSAGES: Final[Mapping[str, Mapping[str, object]]] = {
    "an invoice": {"number": "F2026-00042", "corrects": "", "cancelled": False},
    "a corrective invoice": {"number": "FR2026-00007", "corrects": "F2026-00042", "cancelled": False},
    "an invoice cancelled": {"number": "F2026-00042", "cancelled": True},
}


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the buttons below the receipts, an invoice request with all its refusals, and the messages."""
    newest = receipt_of(ReceiptKind.RECEIPT, 42, 2999, 521)
    rows = keyboard(*screens.rows(t, [record()], newest))
    return [
        Shot("rows below the receipts", Screen(newest.label, rows)),
        Shot("an invoice of it", screens.ask_buyer(t, newest, None)),
        Shot("an invoice, as the last one", screens.ask_buyer(t, newest, _BUYER)),
        Shot("it was asked for", screens.asked(t, newest)),
        Shot("it is issued here", screens.asked(t, newest, issued_here=True)),
        *(Shot(f"refused: {why}", screens.refused(t, why, samples.SUPPORT)) for why in _REFUSALS),
        *(
            Shot(caption, notices.render(announcement(INVOICE, **facts), t.language, samples.SUPPORT))
            for caption, facts in _MESSAGES.items()
        ),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the card of a payment with an invoice."""
    paid = tuple(replace(each, added=(facts_of(has_invoice=True),)) for each in panel_samples.CARD.payments[:1])
    return [Shot("a payment with an invoice", people.payments(t, replace(panel_samples.CARD, payments=paid)))]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Invoices": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"invoices": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
