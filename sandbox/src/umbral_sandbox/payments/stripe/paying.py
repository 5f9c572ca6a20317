"""Payer's actions on the hosted checkout page of Stripe."""

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.simulator import ActionRefused
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.ask import Given
from umbral_sandbox.payments.stripe.collecting import new_intent, take, wait_for_bank
from umbral_sandbox.payments.stripe.events import emit
from umbral_sandbox.payments.stripe.people import new_customer
from umbral_sandbox.payments.stripe.records import Intent, Session
from umbral_sandbox.payments.stripe.sessions import expire
from umbral_sandbox.payments.stripe.shapes import checkout as shapes
from umbral_sandbox.payments.stripe.subscribing import begin
from umbral_sandbox.payments.stripe.subscribing import decide as decide_invoice

DEFAULT_EMAIL = "customer@example.com"


def pay(account: Account, session: Session, amount: int | None = None, *, is_late: bool = False) -> None:
    """Complete the session.

    amount: amount to charge in minor units, if other than requested
    is_late: True if the payer's bank decides later; the session stays unpaid until then
    """
    check_open(account, session)
    email = session.customer_email or DEFAULT_EMAIL
    if amount is not None:
        session.amount_total = amount
    if session.mode == "subscription":
        customer = session.customer or new_customer(account, Given({"email": email})).id
        session.customer = customer
        subscription = begin(account, session, customer, amount, is_late=is_late)
        session.subscription, session.invoice = subscription.id, subscription.latest_invoice
        trial = subscription.trial_end is not None or session.amount_total == 0
        session.payment_status = "no_payment_required" if trial else "unpaid" if is_late else "paid"
    else:
        _pay_once(account, session, email, is_late=is_late)
    session.status = "complete"
    account.sessions.put(session.id, session)
    emit(account, "checkout.session.completed", shapes.session(account, session))


def decide(account: Account, intent: Intent, *, is_paid: bool) -> None:
    """Decide about a payment as the payer's bank: charge it now, or refuse it."""
    if intent.status != "processing":
        raise ActionRefused("no bank decides about the payment")
    invoice = account.invoices.get(intent.invoice or "")
    if invoice is None:
        take(account, intent, succeeds=is_paid)
    else:
        decide_invoice(account, invoice, is_paid=is_paid)
    for session in account.sessions.values():
        if intent.id == session.payment_intent or (invoice is not None and session.invoice == invoice.id):
            session.payment_status = "paid" if is_paid else "unpaid"
            account.sessions.put(session.id, session)
            name = "succeeded" if is_paid else "failed"
            emit(account, f"checkout.session.async_payment_{name}", shapes.session(account, session))


def _pay_once(account: Account, session: Session, email: str, *, is_late: bool) -> None:
    session.customer_email = session.customer_email or (None if session.customer else email)
    if session.extra.get("customer_creation") == "always" and session.customer is None:
        session.customer = new_customer(account, Given({"email": email})).id
    if session.amount_total == 0:
        session.payment_status = "no_payment_required"
        return
    intent = new_intent(
        account,
        session.amount_total,
        session.currency,
        session.customer,
        description=session.purchase_description,
        metadata=session.purchase_metadata,
        reference=session.client_reference_id,
    )
    session.payment_intent = intent.id
    if is_late:
        wait_for_bank(account, intent)
        return
    take(account, intent, succeeds=True)
    session.payment_status = "paid"


def decline(account: Account, session: Session) -> None:
    """Decline the card; the page stays open for another attempt."""
    _outcome(account, session, "declined")


def abandon(account: Account, session: Session) -> None:
    """Return to the shop as the payer; the page stays open until it expires."""
    _outcome(account, session, "abandoned")


def let_expire(account: Account, session: Session) -> None:
    """Expire the session now, before its time. Raises CannotPay if the session is not open."""
    check_open(account, session)
    expire(account, session)


def check_open(account: Account, session: Session) -> None:
    """Raise CannotPay unless the session can still be paid."""
    if session.status == "open" and session.expires_at <= account.now():
        expire(account, session)
    if session.status != "open":
        raise CannotPay(f"the checkout is {'paid' if session.status == 'complete' else 'expired'}")


def _outcome(account: Account, session: Session, outcome: str) -> None:
    check_open(account, session)
    session.outcome = "declined" if outcome == "declined" else "abandoned"
    account.sessions.put(session.id, session)


def success_address(session: Session) -> str:
    """Return the address to which the payer returns after payment."""
    return session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id)


def cancel_address(session: Session) -> str | None:
    """Return the address to which the payer returns without payment; None if the seller gave none."""
    return session.cancel_url.replace("{CHECKOUT_SESSION_ID}", session.id) if session.cancel_url else None
