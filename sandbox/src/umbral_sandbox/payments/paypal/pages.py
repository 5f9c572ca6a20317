"""Hosted page of PayPal on which a payer approves an order, a subscription, or a change of plan."""

from typing import Final

from fastapi import APIRouter

from umbral_sandbox.payments.chassis import pages
from umbral_sandbox.payments.hosted.page import Checkout, PageField, PageLine, Step, amount_text, language_of, render
from umbral_sandbox.payments.hosted.texts import TEXTS
from umbral_sandbox.payments.paypal import paying
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.phases import price
from umbral_sandbox.payments.paypal.records import CheckoutOrder, Cycle, Revision, Subscription
from umbral_sandbox.payments.paypal.shapes.common import BUYER

_PAGES: Final = "/pay/paypal"
_BUTTONS: Final = frozenset({"pay", "decline", "expire", "cancel"})
_TEXTS: Final = {
    "es": {
        "card_note": "Cuenta de prueba: no se cobra nada.",
        "decline": "Rechazar el pago",
        "declined": "PayPal rechazó el pago. No se ha cobrado nada; puedes intentarlo de nuevo.",
        "expire": "Dejar que caduque",
    },
    "en": {
        "card_note": "Test account: nothing is charged.",
        "decline": "Decline the payment",
        "declined": "PayPal declined the payment. You haven't been charged; you can try again.",
        "expire": "Let it expire",
    },
    "pt": {
        "card_note": "Conta de teste: nada é cobrado.",
        "decline": "Recusar o pagamento",
        "declined": "O PayPal recusou o pagamento. Nada foi cobrado; podes tentar de novo.",
        "expire": "Deixar expirar",
    },
}


def page_router(account: Account) -> APIRouter:
    """Return the routes ``GET /pay/paypal/{token}`` and the targets of the page's buttons."""

    def shown(key: str, step: str, accepted: str | None) -> str | None:
        approval = paying.approval_of(account, key)
        if approval is None:
            return None
        language = language_of(approval.context.locale, accepted)
        return render(_drawn(account, approval, step, language), language)

    def pressed(key: str, outcome: str) -> str | None:
        approval = paying.approval_of(account, key)
        return None if approval is None else _act(account, approval, outcome)

    return pages.page_router(account.world, _PAGES, shown, pressed)


def _act(account: Account, approval: paying.Approval, outcome: str) -> str:
    """Perform a button's action and return the target: an address, or a suffix of the page's own address."""
    match outcome:
        case "pay":
            paying.pay(account, approval)
            return paying.return_address(approval) or ""
        case "decline":
            paying.decline(account, approval)
            return "?step=declined"
        case "expire":
            paying.let_expire(account, approval)
            return ""
        case "cancel":
            paying.abandon(account, approval)
            return paying.cancel_address(approval) or "?step=gone"
        case _:
            return ""


def _drawn(account: Account, approval: paying.Approval, step: str, language: str) -> Checkout:
    stands = paying.standing(account, approval)
    shown: Step = stands
    if stands == "open" and step == "gone":
        shown = "gone"
    here = f"{_PAGES}/{paying.token_of(approval)}"
    back = {
        "paid": paying.return_address(approval),
        "expired": paying.cancel_address(approval),
        "gone": here,
    }.get(shown)
    total, currency = paying.asked(account, approval)
    return Checkout(
        step=shown,
        seller=approval.context.brand_name or account.seller,
        provider="PayPal",
        total=amount_text(to_value(total, currency), currency, language),
        lines=_lines(account, approval, language),
        action=here,
        recurring=not isinstance(approval, CheckoutOrder),
        declined=step == "declined",
        back=back,
        buttons=_BUTTONS,
        fields=(PageField("PayPal", _email(approval)),),
        texts=_TEXTS[language],
    )


def _email(approval: paying.Approval) -> str:
    email = approval.subscriber.get("email_address") if isinstance(approval, Subscription) else None
    return email if isinstance(email, str) else BUYER["email_address"]


def _lines(account: Account, approval: paying.Approval, language: str) -> list[PageLine]:
    if isinstance(approval, CheckoutOrder):
        unit = approval.unit
        amount = amount_text(to_value(unit.amount, unit.currency), unit.currency, language)
        return [PageLine(unit.description or account.seller, amount)]
    name, currency = account.plan(approval.plan).name, approval.terms.currency
    regular = approval.terms.cycles[-1]
    amount = amount_text(to_value(_price(account, approval, regular), currency), currency, language)
    note = _rhythm(regular, language)
    if approval.terms.cycles[0].tenure == "TRIAL" and not isinstance(approval, Revision):
        note = f"{_trial(approval, language)}, {TEXTS[language]['then']} {note}"
    return [PageLine(name, amount, note)]


def _price(account: Account, approval: Subscription | Revision, cycle: Cycle) -> int:
    if isinstance(approval, Subscription):
        return price(approval, cycle)
    return price(account.subscription(approval.subscription).model_copy(update={"terms": approval.terms}), cycle)


def _trial(approval: Subscription | Revision, language: str) -> str:
    cycle, currency = approval.terms.cycles[0], approval.terms.currency
    if not cycle.price:
        return TEXTS[language]["trial"]
    return f"{amount_text(to_value(cycle.price, currency), currency, language)} {_rhythm(cycle, language)}"


def _rhythm(cycle: Cycle, language: str) -> str:
    texts, unit = TEXTS[language], cycle.unit.lower()
    if cycle.count == 1:
        return texts[unit]
    return f"{texts['every']} {cycle.count} {texts[unit + 's']}"
