"""Hosted checkout page of Stripe."""

from fastapi import APIRouter

from umbral_sandbox.payments.chassis import pages
from umbral_sandbox.payments.chassis.pages import DEFAULT_SELLER
from umbral_sandbox.payments.hosted.page import Checkout, PageLine, Step, amount_text, language_of, render
from umbral_sandbox.payments.hosted.texts import TEXTS
from umbral_sandbox.payments.money import to_text
from umbral_sandbox.payments.stripe import paying, tax
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import Price, Session

_PAGES = "/pay/stripe"


def page_router(account: Account) -> APIRouter:
    """Return the router of the checkout page ``GET /pay/stripe/{id}`` and of the actions of its buttons."""

    def shown(key: str, step: str, accepted: str | None) -> str | None:
        session = account.sessions.get(key)
        if session is None:
            return None
        language = language_of(session.locale, accepted)
        return render(_drawn(account, session, step, language), language)

    def pressed(key: str, outcome: str) -> str | None:
        session = account.sessions.get(key)
        return None if session is None else _act(account, session, outcome)

    return pages.page_router(account.world, _PAGES, shown, pressed)


def _act(account: Account, session: Session, outcome: str) -> str:
    """Perform a button's action and return the target: an address, or a suffix of the page's own address."""
    match outcome:
        case "pay":
            paying.pay(account, session)
            return paying.success_address(session)
        case "decline":
            paying.decline(account, session)
            return "?step=declined"
        case "action":
            paying.check_open(account, session)
            return "?step=confirm"
        case "cancel":
            paying.abandon(account, session)
            return paying.cancel_address(session) or "?step=gone"
        case _:
            return ""


def _drawn(account: Account, session: Session, step: str, language: str) -> Checkout:
    shown: Step = "open"
    if session.status != "open":
        shown = "paid" if session.status == "complete" else "expired"
    elif step == "confirm":
        shown = "confirm"
    elif step == "gone":
        shown = "gone"
    here = f"{_PAGES}/{session.id}"
    back = {
        "paid": paying.success_address(session),
        "expired": paying.cancel_address(session),
        "gone": here,
    }.get(shown)
    return Checkout(
        step=shown,
        seller=account.settings.display_name or DEFAULT_SELLER,
        provider="Stripe",
        total=amount_text(to_text(session.amount_total, session.currency), session.currency, language),
        lines=_lines(account, session, language),
        action=here,
        recurring=session.mode == "subscription",
        declined=step == "declined",
        email=_email(account, session),
        back=back,
    )


def _email(account: Account, session: Session) -> str | None:
    customer = account.customers.get(session.customer) if session.customer else None
    return session.customer_email or (customer.email if customer else None)


def _lines(account: Account, session: Session, language: str) -> list[PageLine]:
    lines = []
    for line in session.lines:
        price = account.price(line.price)
        amount = to_text(price.unit_amount * line.quantity, price.currency)
        name = account.product(price.product).name
        shown = f"{name} × {line.quantity}" if line.quantity > 1 else name
        note = _rhythm(price, language)
        if session.trial_days or session.trial_end:
            note = f"{TEXTS[language]['trial']}, {TEXTS[language]['then']} {note}"
        lines.append(PageLine(shown, amount_text(amount, price.currency, language), note))
    if session.automatic_tax:
        taxed = to_text(tax.within(session.amount_total), session.currency)
        lines.append(PageLine(TEXTS[language]["tax_included"], amount_text(taxed, session.currency, language)))
    return lines


def _rhythm(price: Price, language: str) -> str:
    texts = TEXTS[language]
    if price.interval is None:
        return ""
    if price.interval_count == 1:
        return texts[price.interval]
    return f"{texts['every']} {price.interval_count} {texts[price.interval + 's']}"
