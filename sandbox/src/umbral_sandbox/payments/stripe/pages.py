"""The hosted checkout page and the customer portal."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from umbral_sandbox.payments.hosted.page import Checkout, PageLine, Step, amount_text, language_of, render
from umbral_sandbox.payments.hosted.texts import TEXTS
from umbral_sandbox.payments.money import to_text
from umbral_sandbox.payments.stripe import paying, tax
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import Price, Session

_PAGE = "/pay/stripe/{key}"
DEFAULT_SELLER = "Sandbox Store"


def page_router(account: Account) -> APIRouter:
    """``GET /pay/stripe/{id}`` and where its buttons lead."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(_PAGE)
    async def show(key: str, request: Request) -> Response:
        session = account.sessions.get(key)
        if session is None:
            return HTMLResponse("<h1>404</h1>", 404)
        language = language_of(session.locale, request.headers.get("accept-language"))
        page = _drawn(account, session, request.query_params.get("step", ""), language)
        return HTMLResponse(render(page, language), headers={"Cache-Control": "no-store"})

    @router.post(_PAGE + "/{outcome}")
    async def act(key: str, outcome: str) -> Response:
        session = account.sessions.get(key)
        if session is None:
            return HTMLResponse("<h1>404</h1>", 404)
        here = f"/pay/stripe/{key}"
        try:
            target = _act(account, session, outcome)
        except paying.CannotPay:
            target = ""
        account.world.commit()
        return RedirectResponse(f"{here}{target}" if target[:1] in {"", "?"} else target, 303)

    return router


def _act(account: Account, session: Session, outcome: str) -> str:
    """Do what the button says; returns where to go: an address, or what to add to this one."""
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
    here = f"/pay/stripe/{session.id}"
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
