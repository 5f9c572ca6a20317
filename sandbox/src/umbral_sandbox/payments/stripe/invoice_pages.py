"""Hosted page of a Stripe invoice, on which the payer pays a renewal or confirms it to the bank."""

from fastapi import APIRouter

from umbral_sandbox.payments.chassis import pages
from umbral_sandbox.payments.chassis.pages import DEFAULT_SELLER
from umbral_sandbox.payments.hosted.page import Checkout, PageLine, Step, amount_text, language_of, render
from umbral_sandbox.payments.money import to_text
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import Invoice
from umbral_sandbox.payments.stripe.subscribing import settle

_PAGES = "/pay/stripe/invoice"


def invoice_router(account: Account) -> APIRouter:
    """Return the routes ``GET /pay/stripe/invoice/{id}`` and the target of the page's button."""

    def shown(key: str, step: str, accepted: str | None) -> str | None:
        invoice = account.invoices.get(key)
        if invoice is None:
            return None
        language = language_of(None, accepted)
        return render(_drawn(account, invoice, language), language)

    def pressed(key: str, outcome: str) -> str | None:
        invoice = account.invoices.get(key)
        if invoice is None:
            return None
        if outcome == "pay":
            settle(account, invoice)
        return ""

    return pages.page_router(account.world, _PAGES, shown, pressed)


def _drawn(account: Account, invoice: Invoice, language: str) -> Checkout:
    step: Step = "open" if invoice.status == "open" else "paid" if invoice.status == "paid" else "expired"
    total = amount_text(to_text(invoice.amount, invoice.currency), invoice.currency, language)
    lines = [
        PageLine(line.description, amount_text(to_text(line.amount, invoice.currency), invoice.currency, language))
        for line in invoice.lines
    ]
    return Checkout(
        step=step,
        seller=account.settings.display_name or DEFAULT_SELLER,
        provider="Stripe",
        total=total,
        lines=lines,
        action=f"{_PAGES}/{invoice.id}",
        recurring=False,
        buttons=frozenset({"pay"}),
    )
