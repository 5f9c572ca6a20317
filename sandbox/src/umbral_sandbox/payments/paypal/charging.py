"""Charges of a subscription: the bill of a cycle, its failure, the retries, and the suspension after the last retry."""

from typing import Final

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.events import SUBSCRIPTION, emit
from umbral_sandbox.payments.paypal.older import RESOURCE_TYPE, agreement
from umbral_sandbox.payments.paypal.phases import move_on, phase, price
from umbral_sandbox.payments.paypal.records import Payment, Subscription, SubscriptionStatus, Taken
from umbral_sandbox.payments.paypal.shapes import billing as shapes
from umbral_sandbox.payments.paypal.shapes import money as money_shapes
from umbral_sandbox.payments.paypal.times import DAY, HOUR

#: Interval of retries of a failed payment, and their maximum number.
RETRY_AFTER_S: Final = 5 * DAY
RETRIES: Final = 2


def bill(account: Account, subscription: Subscription, *, after_s: float = 0.0) -> None:
    """Start the next cycle, and charge its price together with the outstanding amount."""
    now_in = phase(subscription)
    if now_in is None:
        return
    amount = price(subscription, now_in[1]) + subscription.fee_due
    if subscription.first_amount is not None:
        amount, subscription.first_amount = subscription.first_amount, None
    if subscription.terms.auto_bill:
        amount, subscription.balance = amount + subscription.balance, 0
    subscription.fee_due = 0
    amount, subscription.owed, subscription.tries = amount + subscription.owed, 0, 0
    subscription.retry_at = None
    move_on(subscription)
    collect(account, subscription, amount, after_s=after_s)


def collect(account: Account, subscription: Subscription, amount: int, *, after_s: float = 0.0) -> None:
    """Charge an amount, which may fail; an amount of zero creates no sale."""
    if not amount:
        account.keep(account.subscriptions, subscription)
    elif subscription.failing:
        _fail(account, subscription, amount)
    else:
        sell(account, subscription, amount, after_s=after_s)


def retry(account: Account, subscription: Subscription) -> None:
    """Retry a failed charge."""
    amount, subscription.owed, subscription.retry_at = subscription.owed, 0, None
    collect(account, subscription, amount)


def settle(account: Account, subscription: Subscription) -> None:
    """Charge the whole outstanding amount."""
    amount = subscription.owed + subscription.balance
    subscription.owed, subscription.balance, subscription.retry_at, subscription.tries = 0, 0, None, 0
    collect(account, subscription, amount)


def sell(account: Account, subscription: Subscription, amount: int, *, after_s: float = 0.0) -> Payment:
    """Charge an amount successfully and send the events."""
    currency = subscription.terms.currency
    payment = Payment(
        **account.stamp("payment"),
        kind="sale",
        amount=amount,
        currency=currency,
        fee=fee_of(amount),
        subscription=subscription.id,
        custom=subscription.custom,
        state="pending" if subscription.by_echeck else "completed",
        by_echeck=subscription.by_echeck,
    )
    account.payments.put(payment.id, payment)
    if subscription.by_echeck:
        subscription.by_echeck = subscription.late
        if subscription.late_hours is not None:
            payment.decided_at = account.now() + subscription.late_hours * HOUR
            account.keep(account.payments, payment)
        account.keep(account.subscriptions, subscription)
        _tell_sale(account, payment, "PENDING", after_s=after_s)
        return payment
    subscription.last_payment = Taken(amount=amount, time=account.now())
    subscription.failures, subscription.tries = 0, 0
    account.keep(account.subscriptions, subscription)
    _tell_sale(account, payment, "COMPLETED", after_s=after_s)
    return payment


def decide(account: Account, payment: Payment, *, is_paid: bool) -> None:
    """Complete or deny a pending sale, as the payer's bank decided."""
    subscription = account.subscription(payment.subscription or "")
    payment.state = "completed" if is_paid else "denied"
    account.keep(account.payments, payment)
    if is_paid:
        subscription.last_payment = Taken(amount=payment.amount, time=account.now())
        subscription.failures, subscription.tries = 0, 0
        account.keep(account.subscriptions, subscription)
        _tell_sale(account, payment, "COMPLETED")
        return
    _tell_sale(account, payment, "DENIED")
    _fail(account, subscription, payment.amount)


def _tell_sale(account: Account, payment: Payment, name: str, *, after_s: float = 0.0) -> None:
    summary = f"Payment {name.lower()} for {to_value(payment.amount, payment.currency)} {payment.currency}"
    emit(account, f"PAYMENT.SALE.{name}", "sale", money_shapes.sale(account, payment), summary, after_s=after_s)


def fee_of(amount: int) -> int:
    """Return the provider's fee: about 3.5 %, at most the amount."""
    return min(amount * 35 // 1000, amount)


def _fail(account: Account, subscription: Subscription, amount: int) -> None:
    subscription.failures += 1
    subscription.tries += 1
    tired = 0 < subscription.terms.threshold <= subscription.failures
    again = not tired and subscription.tries <= RETRIES
    subscription.retry_at = account.now() + RETRY_AFTER_S if again else None
    if again:
        subscription.owed = amount
    else:
        subscription.balance += amount
        subscription.tries = 0
    subscription.last_failed = Taken(
        amount=amount, time=account.now(), reason="PAYMENT_DENIED", retry=subscription.retry_at
    )
    account.keep(account.subscriptions, subscription)
    tell(account, subscription, "PAYMENT.FAILED", "Payment failed for subscription.")
    if tired:
        suspend(account, subscription, "Payment failure threshold reached")


def suspend(account: Account, subscription: Subscription, note: str) -> None:
    """Suspend billing until the subscription is activated again."""
    change_status(account, subscription, "SUSPENDED", note)
    tell(account, subscription, "SUSPENDED", "Subscription suspended.")


def change_status(account: Account, subscription: Subscription, status: SubscriptionStatus, note: str | None) -> None:
    """Set the status of a subscription, with its reason."""
    subscription.status, subscription.status_at, subscription.note = status, account.now(), note
    account.keep(account.subscriptions, subscription)


def tell(account: Account, subscription: Subscription, name: str, summary: str, *, after_s: float = 0.0) -> None:
    """Send an event about a subscription to the seller's webhooks.

    name: last part of the event type
    after_s: delay in real seconds after other events of the same time
    """
    if account.settings.events == "1.0":
        shape = agreement(account, subscription)
        emit(account, SUBSCRIPTION + name, RESOURCE_TYPE, shape, summary, after_s=after_s)
        return
    shape = shapes.subscription(account, subscription)
    emit(account, SUBSCRIPTION + name, "subscription", shape, summary, version="2.0", after_s=after_s)
