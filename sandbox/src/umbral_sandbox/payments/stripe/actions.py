"""Actions of the control interface on existing Stripe subscriptions and payments."""

from typing import Literal

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.simulator import ActionRefused, PaymentAction, SubscriptionAction
from umbral_sandbox.payments.stripe import returning, subscribing
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.events import noticed
from umbral_sandbox.payments.stripe.records import Charge, Session, Subscription

CheckoutState = Literal["open", "paid", "declined", "abandoned", "expired"]
PaymentState = Literal["paid", "failed", "partially_refunded", "refunded", "disputed"]


def act(account: Account, subscription: Subscription, action: SubscriptionAction, hours: int | None = None) -> None:
    """Perform an action on a subscription, except refunds and disputes. Raises ActionRefused if the action is
    impossible.
    """
    if subscription.status == "canceled":
        if action == "end":
            return
        raise ActionRefused("the subscription is canceled")
    match action:
        case "renew":
            _renew(account, subscription)
        case "fail_payment":
            subscription.failing = True
            account.subscriptions.put(subscription.id, subscription)
        case "late" | "prompt" | "bank_pays" | "bank_refuses":
            _act_of_bank(account, subscription, action, hours)
        case "ask_confirmation":
            subscription.confirming = True
            account.subscriptions.put(subscription.id, subscription)
        case "recover":
            _recover(account, subscription)
        case "cancel" | "end":
            subscribing.end(account, subscription, "cancellation_requested")
        case "pause":
            _pause(account, subscription)
        case "resume":
            _resume(account, subscription)
        case _:
            raise ActionRefused(f"{action} is not available for a subscription")


def _act_of_bank(account: Account, subscription: Subscription, action: SubscriptionAction, hours: int | None) -> None:
    if action in {"late", "prompt"}:
        subscription.late, subscription.late_hours = action == "late", hours
        account.subscriptions.put(subscription.id, subscription)
    elif not subscribing.bank_decides(account, subscription, is_paid=action == "bank_pays"):
        raise ActionRefused("no charge is at the bank")


def _renew(account: Account, subscription: Subscription) -> None:
    if subscription.status == "paused":
        raise ActionRefused("the subscription is paused")
    subscribing.renew(account, subscription)


def _pause(account: Account, subscription: Subscription) -> None:
    if subscription.status == "paused":
        raise ActionRefused("the subscription is paused already")
    subscribing.pause(account, subscription)


def _recover(account: Account, subscription: Subscription) -> None:
    subscribing.put_right(account, subscription)
    for invoice in in_order(account.invoices.values()):
        if invoice.subscription == subscription.id and invoice.status == "open":
            subscribing.retry(account, invoice)


def _resume(account: Account, subscription: Subscription) -> None:
    if subscription.status == "paused":
        subscribing.resume(account, subscription, from_now=False)
        return
    if subscription.cancel_at is None and subscription.pause_collection is None:
        raise ActionRefused("the subscription is neither paused nor about to be canceled")
    draw = subscribing.shape
    with noticed(account, "customer.subscription.updated", lambda: draw(account, subscription)):
        subscription.pause_collection = None
        subscribing.undo_cancel(account, subscription)


def latest_charge(account: Account, subscription: Subscription) -> Charge:
    """Return the newest successful charge of a subscription. Raises ActionRefused if nothing was paid."""
    invoices = {each.id for each in account.invoices.values() if each.subscription == subscription.id}
    mine = [each for each in account.charges.values() if each.invoice in invoices and each.succeeded]
    if not mine:
        raise ActionRefused("nothing was paid for this subscription")
    return max(mine, key=lambda each: each.seq)


def on_charge(account: Account, charge: Charge, action: PaymentAction, amount: int | None) -> None:
    """Refund or dispute a charge, or decide its dispute. Raises ActionRefused if the action is impossible."""
    case = returning.open_dispute_of(account, charge)
    match action:
        case "refund":
            returning.give_back(account, charge, amount, "requested_by_customer", {})
        case "dispute":
            if charge.disputed:
                raise ActionRefused("the payment was disputed already")
            if charge.amount == charge.amount_refunded:
                raise ActionRefused("the payment was refunded already")
            returning.dispute(account, charge)
        case "win_dispute" | "lose_dispute":
            case = case or returning.decided_dispute_of(account, charge, won=action == "lose_dispute")
            if case is None:
                raise ActionRefused("there is no dispute that could be decided so")
            returning.decide(account, case, won=action == "win_dispute")
        case "report_fraud":
            returning.warn_of_fraud(account, charge)
        case _:
            raise ActionRefused(f"{action} is not available for a payment")


def checkout_state(session: Session) -> CheckoutState:
    """Return the control interface's state of a session."""
    match session.status:
        case "complete":
            return "paid"
        case "expired":
            return "expired"
        case "open":
            return "open" if session.outcome == "none" else session.outcome


def payment_state(account: Account, charge: Charge | None) -> PaymentState:
    """Return the control interface's state of a payment; after a won dispute the payment is paid again."""
    if charge is None or not charge.succeeded:
        return "failed"
    if returning.held_back(account, charge):
        return "disputed"
    if charge.amount_refunded == charge.amount:
        return "refunded"
    return "partially_refunded" if charge.amount_refunded else "paid"
