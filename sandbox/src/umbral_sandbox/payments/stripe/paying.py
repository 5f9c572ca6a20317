"""Payer's actions on the hosted checkout page of Stripe."""

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.ask import Given
from umbral_sandbox.payments.stripe.collecting import new_intent, take
from umbral_sandbox.payments.stripe.events import emit
from umbral_sandbox.payments.stripe.people import new_customer
from umbral_sandbox.payments.stripe.records import Session
from umbral_sandbox.payments.stripe.sessions import expire
from umbral_sandbox.payments.stripe.shapes import checkout as shapes
from umbral_sandbox.payments.stripe.subscribing import begin

DEFAULT_EMAIL = "customer@example.com"


def pay(account: Account, session: Session, amount: int | None = None) -> None:
    """Complete the session. amount: amount to charge in minor units, if other than requested."""
    check_open(account, session)
    email = session.customer_email or DEFAULT_EMAIL
    if amount is not None:
        session.amount_total = amount
    if session.mode == "subscription":
        customer = session.customer or new_customer(account, Given({"email": email})).id
        session.customer = customer
        subscription = begin(account, session, customer, amount)
        session.subscription, session.invoice = subscription.id, subscription.latest_invoice
        trial = subscription.trial_end is not None or session.amount_total == 0
        session.payment_status = "no_payment_required" if trial else "paid"
    else:
        _pay_once(account, session, email)
    session.status = "complete"
    account.sessions.put(session.id, session)
    emit(account, "checkout.session.completed", shapes.session(account, session))


def _pay_once(account: Account, session: Session, email: str) -> None:
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
    take(account, intent, succeeds=True)
    session.payment_intent, session.payment_status = intent.id, "paid"


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
