"""Actions of the control interface on existing PayPal subscriptions and payments."""

from typing import Literal

from umbral_sandbox.payments.paypal import charging, disputing, ordering, returning, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.paying import Approval, standing
from umbral_sandbox.payments.paypal.phases import phase
from umbral_sandbox.payments.paypal.records import Payment, Subscription
from umbral_sandbox.payments.simulator import ActionRefused, Outcome, PaymentAction, SubscriptionAction

CheckoutState = Literal["open", "paid", "declined", "abandoned", "expired"]
PaymentState = Literal["paid", "failed", "pending", "partially_refunded", "refunded", "disputed"]


def act(account: Account, subscription: Subscription, action: SubscriptionAction, hours: int | None = None) -> None:
    """Perform an action on a subscription, except refunds and disputes. Raises ActionRefused if the action is
    impossible.
    """
    if subscription.status in {"CANCELLED", "EXPIRED"}:
        if action == "end":
            return
        raise ActionRefused(f"the subscription is {subscription.status}")
    match action:
        case "renew":
            _renew(account, subscription)
        case "fail_payment":
            subscription.failing = True
            account.keep(account.subscriptions, subscription)
        case "late" | "prompt" | "bank_pays" | "bank_refuses":
            _act_of_bank(account, subscription, action, hours)
        case "recover":
            _recover(account, subscription)
        case "cancel":
            subscribing.cancel(account, subscription, "Cancelled by the payer")
        case "end":
            subscribing.cancel(account, subscription, "Cancelled by the seller")
        case "pause":
            subscribing.suspend(account, subscription, "Suspended by the seller")
        case "resume":
            if subscription.status != "SUSPENDED":
                raise ActionRefused("the subscription is not suspended")
            subscribing.activate(account, subscription, "Activated by the seller")
        case _:
            raise ActionRefused(f"{action} is not available for a subscription")


def _act_of_bank(account: Account, subscription: Subscription, action: SubscriptionAction, hours: int | None) -> None:
    if action in {"late", "prompt"}:
        subscription.late = subscription.by_echeck = action == "late"
        subscription.late_hours = hours
        account.keep(account.subscriptions, subscription)
        return
    mine = [each for each in account.payments.values() if each.subscription == subscription.id]
    waiting = next((each for each in mine if each.state == "pending"), None)
    if waiting is None:
        raise ActionRefused("no charge is at the bank")
    charging.decide(account, waiting, is_paid=action == "bank_pays")


def _renew(account: Account, subscription: Subscription) -> None:
    if subscription.status != "ACTIVE" or phase(subscription) is None:
        raise ActionRefused(f"the subscription is {subscription.status}, and is not charged any more")
    charging.bill(account, subscription)


def _recover(account: Account, subscription: Subscription) -> None:
    """Make the payer's charges succeed again: the open amount is paid, and a suspension because of that amount ends."""
    subscription.failing = False
    account.keep(account.subscriptions, subscription)
    tired = subscription.status == "SUSPENDED" and subscription.failures > 0
    if tired:
        subscribing.activate(account, subscription, "Outstanding balance paid")
    if subscription.status == "ACTIVE":
        charging.settle(account, subscription)


def latest_sale(account: Account, subscription: Subscription) -> Payment:
    """Return the newest payment of a subscription. Raises ActionRefused if nothing was paid."""
    mine = [each for each in account.payments.values() if each.subscription == subscription.id]
    if not mine:
        raise ActionRefused("nothing was paid for this subscription")
    return max(mine, key=lambda each: each.seq)


def on_payment(account: Account, payment: Payment, action: PaymentAction, amount: int | None) -> None:
    """Refund or dispute a payment, or decide its dispute. Raises ActionRefused if the action is impossible."""
    if action in {"bank_pays", "bank_refuses"}:
        _decide(account, payment, is_paid=action == "bank_pays")
        return
    if payment.state != "completed":
        raise ActionRefused("nothing was paid")
    case = disputing.open_dispute_of(account, payment)
    match action:
        case "refund":
            returning.give_back(account, payment, amount)
        case "dispute":
            if case is not None and case.stage == "INQUIRY":
                disputing.escalate(account, case)
            elif any(each.payment == payment.id for each in account.disputes.values()):
                raise ActionRefused("the payment was disputed already")
            elif not returning.left_of(payment):
                raise ActionRefused("the payment was refunded already")
            else:
                disputing.dispute(account, payment)
        case "win_dispute" | "lose_dispute":
            if case is None:
                raise ActionRefused("there is no open dispute")
            disputing.decide(account, case, won=action == "win_dispute")
        case _:
            raise ActionRefused(f"{action} is not available for a payment at PayPal")


def _decide(account: Account, payment: Payment, *, is_paid: bool) -> None:
    if payment.state != "pending":
        raise ActionRefused("no bank decides about the payment")
    if payment.kind == "sale":
        charging.decide(account, payment, is_paid=is_paid)
    elif is_paid:
        ordering.clear(account, payment)
    else:
        ordering.deny(account, payment)


def appeal(account: Account, payment: Payment, outcome: Outcome | None) -> None:
    """Decide a lost dispute anew. Raises ActionRefused without an outcome, or if no dispute of the payment was lost."""
    case = next((each for each in account.disputes.values() if each.payment == payment.id), None)
    if case is None or case.outcome != "RESOLVED_BUYER_FAVOUR":
        raise ActionRefused("no dispute of the payment was lost")
    if outcome is None:
        raise ActionRefused("an appeal has an outcome: seller or buyer")
    disputing.appeal(account, case, seller=outcome == "seller")


def checkout_state(account: Account, approval: Approval) -> CheckoutState:
    """Return the control interface's state of an approval page."""
    stands = standing(account, approval)
    if stands == "open" and approval.outcome != "none":
        return approval.outcome
    return stands


def payment_state(account: Account, payment: Payment) -> PaymentState:
    """Return the control interface's state of a payment; after a won dispute the payment is paid again."""
    if payment.state != "completed":
        return "pending" if payment.state == "pending" else "failed"
    if payment.reversed or returning.held_back(account, payment):
        return "disputed"
    if not returning.left_of(payment):
        return "refunded"
    return "partially_refunded" if payment.refunded else "paid"
