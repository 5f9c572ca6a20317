"""Hosted payment page of Cryptomus, for invoices and for recurrences."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fastapi import APIRouter

from umbral_sandbox.payments.chassis import pages
from umbral_sandbox.payments.chassis.pages import DEFAULT_SELLER
from umbral_sandbox.payments.cryptomus import paying, recurring
from umbral_sandbox.payments.cryptomus.account import Account
from umbral_sandbox.payments.cryptomus.rates import COINS, eight
from umbral_sandbox.payments.cryptomus.records import Invoice, Recurrence
from umbral_sandbox.payments.cryptomus.texts import TEXTS
from umbral_sandbox.payments.hosted.page import Checkout, PageField, PageLine, Step, amount_text, language_of, render

_PAGES: Final = "/pay/cryptomus"
_UNDER, _OVER = Decimal("0.8"), Decimal("1.1")
_INVOICE_BUTTONS: Final = frozenset({"pay", "under", "over", "decline", "fail", "expire", "cancel"})
_RECURRENCE_BUTTONS: Final = frozenset({"pay", "decline", "cancel"})
#: Step of the page for each status of an invoice, and the key of its texts; other statuses are open.
_STEPS: Final[dict[str, tuple[Step, str]]] = {
    "confirm_check": ("paid", "confirm"),
    "paid": ("paid", "paid"),
    "paid_over": ("paid", "over"),
    "wrong_amount": ("expired", "under"),
    "cancel": ("expired", "expired"),
    "fail": ("expired", "failed"),
    "system_fail": ("expired", "failed"),
    "refund_process": ("expired", "refunded"),
    "refund_paid": ("expired", "refunded"),
}


@dataclass(frozen=True)
class _Frame:
    """Context of one view of a hosted page: the account, the payer's language, and the requested step."""

    account: Account
    language: str
    step: str

    def words(self, of: Step, page: str) -> dict[str, str]:
        """Return the page's texts, with the title and the text of ``page`` in place of the step's texts."""
        texts = TEXTS[self.language]
        shown = {f"{of}_{part}": texts[f"{page}_{part}"] for part in ("title", "text") if f"{page}_{part}" in texts}
        return texts | shown

    def money(self, amount: Decimal | str, currency: str) -> str:
        """Format an amount for the payer's language; an amount in coins has eight decimals."""
        return f"{eight(Decimal(amount))} {currency}" if currency in COINS else self._fiat(Decimal(amount), currency)

    def _fiat(self, amount: Decimal, currency: str) -> str:
        return amount_text(f"{amount:f}", currency, self.language)

    @property
    def seller(self) -> str:
        """Return the name of the seller."""
        return self.account.settings.display_name or DEFAULT_SELLER


def page_router(account: Account) -> APIRouter:
    """Return the routes ``GET /pay/cryptomus/{uuid}`` and the targets of the page's buttons."""

    def shown(key: str, step: str, accepted: str | None) -> str | None:
        language = language_of(None, accepted)
        page = _drawn(_Frame(account, language, step), key)
        return None if page is None else render(page, language)

    return pages.page_router(account.world, _PAGES, shown, lambda key, outcome: _pressed(account, key, outcome))


def _drawn(frame: _Frame, key: str) -> Checkout | None:
    invoice, recurrence = frame.account.invoices.get(key), frame.account.recurrences.get(key)
    if invoice is not None:
        return _of_invoice(frame, invoice)
    return _of_recurrence(frame, recurrence) if recurrence is not None else None


def _pressed(account: Account, key: str, outcome: str) -> str | None:
    """Perform a button's action and return the target: an address, or a suffix of the page's own address. Return None
    for a missing page.
    """
    invoice, recurrence = account.invoices.get(key), account.recurrences.get(key)
    if invoice is not None:
        return _on_invoice(account, invoice, outcome)
    return _on_recurrence(account, recurrence, outcome) if recurrence is not None else None


def _on_invoice(account: Account, invoice: Invoice, outcome: str) -> str:
    match outcome:
        case "pay":
            paying.pay(account, invoice)
            return invoice.url_success or ""
        case "under" | "over":
            paying.pay(account, invoice, Decimal(invoice.amount) * (_UNDER if outcome == "under" else _OVER))
        case "decline":
            paying.fail(account, invoice)
        case "fail":
            paying.fail(account, invoice, "system_fail")
        case "expire":
            paying.let_expire(account, invoice)
        case "cancel":
            paying.abandon(account, invoice)
            return invoice.url_return or "?step=gone"
    return ""


def _on_recurrence(account: Account, recurrence: Recurrence, outcome: str) -> str:
    if recurrence.status != "wait_accept":
        return ""
    match outcome:
        case "pay":
            recurring.accept(account, recurrence)
        case "decline":
            recurrence.declined = True
            account.recurrences.put(recurrence.id, recurrence)
            return "?step=declined"
        case "cancel":
            recurrence.abandoned = True
            account.recurrences.put(recurrence.id, recurrence)
            return "?step=gone"
    return ""


def _of_invoice(frame: _Frame, invoice: Invoice) -> Checkout:
    step, words = _STEPS.get(invoice.status, ("open", "open"))
    if step == "open" and frame.step == "gone":
        step, words = "gone", "gone"
    missing = max(Decimal(invoice.payer_amount) - invoice.arrived, Decimal(0))
    due = Decimal(invoice.amount) * missing / Decimal(invoice.payer_amount)
    here = f"{_PAGES}/{invoice.id}"
    return Checkout(
        step=step,
        seller=frame.seller,
        provider="Cryptomus",
        total=frame.money(due if step == "open" else invoice.amount, invoice.currency),
        lines=[PageLine(frame.seller, frame.money(invoice.amount, invoice.currency))],
        action=here,
        recurring=False,
        back={"paid": invoice.url_success, "expired": invoice.url_return, "gone": here}.get(step),
        buttons=_INVOICE_BUTTONS,
        fields=_where_to(frame, invoice, missing),
        alert=_alert(frame, invoice, missing),
        texts=frame.words(step, words),
    )


def _where_to(frame: _Frame, invoice: Invoice, missing: Decimal) -> tuple[PageField, ...]:
    texts = TEXTS[frame.language]
    return (
        PageField(texts["coin"], invoice.coin),
        PageField(texts["network"], invoice.network),
        PageField(texts["address"], invoice.address),
        PageField(texts["send"], f"{eight(missing)} {invoice.coin}"),
    )


def _alert(frame: _Frame, invoice: Invoice, missing: Decimal) -> str | None:
    if invoice.status != "wrong_amount_waiting":
        return None
    arrived = f"{eight(invoice.arrived)} {invoice.coin}"
    return TEXTS[frame.language]["missing"].format(arrived=arrived, missing=f"{eight(missing)} {invoice.coin}")


def _of_recurrence(frame: _Frame, recurrence: Recurrence) -> Checkout:
    step: Step = "open"
    words = "open"
    match recurrence.status:
        case "active":
            step, words = "paid", "paid"
        case "cancel_by_merchant" | "cancel_by_user":
            step, words = "expired", "ended"
        case "wait_accept" if frame.step == "gone":
            step, words = "gone", "gone"
    texts = TEXTS[frame.language]
    sum_due = frame.money(recurrence.amount, recurrence.currency)
    return Checkout(
        step=step,
        seller=frame.seller,
        provider="Cryptomus",
        total=sum_due,
        lines=[PageLine(recurrence.name, sum_due, texts[recurrence.period])],
        action=f"{_PAGES}/{recurrence.id}",
        recurring=True,
        declined=frame.step == "declined",
        buttons=_RECURRENCE_BUTTONS,
        fields=(PageField(texts["coin"], recurrence.coin),),
        texts=frame.words(step, words) | {"decline": texts["no_funds"]},
    )
