"""Lifecycle of a subscription: approved, activated, suspended, canceled, expired, moved to another plan."""

from typing import Final

from umbral_sandbox.payments.paypal import charging
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.charging import change_status, tell
from umbral_sandbox.payments.paypal.errors import PayPalError, unprocessable
from umbral_sandbox.payments.paypal.phases import move_on
from umbral_sandbox.payments.paypal.records import Revision, Subscription

#: Real seconds between the first two webhooks of a subscription, so that they arrive in the configured order.
APART_S: Final = 0.4


def agree(account: Account, subscription: Subscription) -> None:
    """Approve the subscription as the payer: activate it immediately, or wait for the seller if the subscription
    requires activation.
    """
    subscription.payer = subscription.payer or account.payer()
    if subscription.context.user_action == "CONTINUE":
        change_status(account, subscription, "APPROVED", None)
        return
    begin(account, subscription)


def begin(account: Account, subscription: Subscription) -> None:
    """Activate a subscription for the first time, and collect the first payment unless billing starts later."""
    now = account.now()
    first = _activation_first(account)
    change_status(account, subscription, "ACTIVE", None)
    subscription.start = max(subscription.start, now)
    subscription.anchor = subscription.start
    subscription.fee_due = subscription.terms.setup_fee
    if subscription.start > now:
        subscription.next_billing = subscription.start
        fee, subscription.fee_due = subscription.fee_due, 0
        charging.collect(account, subscription, fee, after_s=APART_S)
    else:
        charging.bill(account, subscription, after_s=APART_S if first else 0.0)
    tell(account, subscription, "ACTIVATED", "Subscription activated", after_s=0.0 if first else APART_S)


def _activation_first(account: Account) -> bool:
    match account.settings.activation:
        case "before":
            return True
        case "after":
            return False
        case "random":
            return account.ids.coin("activation")


def activate(account: Account, subscription: Subscription, note: str | None) -> None:
    """Reactivate a suspended subscription; cycles that passed meanwhile are not billed."""
    if subscription.status == "APPROVED":
        begin(account, subscription)
        return
    if subscription.status != "SUSPENDED":
        raise _status("activate", "suspended")
    now = account.now()
    while subscription.next_billing is not None and subscription.next_billing <= now:
        move_on(subscription)
    subscription.failures = 0
    change_status(account, subscription, "ACTIVE", note)
    tell(account, subscription, "RE-ACTIVATED", "Subscription re-activated.")


def suspend(account: Account, subscription: Subscription, note: str) -> None:
    """Suspend billing until the subscription is activated again."""
    if subscription.status != "ACTIVE":
        raise _status("suspend", "active")
    # The amount being retried becomes part of the outstanding balance.
    subscription.balance, subscription.owed = subscription.balance + subscription.owed, 0
    subscription.retry_at = None
    charging.suspend(account, subscription, note)


def cancel(account: Account, subscription: Subscription, note: str) -> None:
    """Cancel the subscription permanently and immediately."""
    if subscription.status not in {"ACTIVE", "SUSPENDED", "APPROVED"}:
        raise _status("cancel", "active or suspended")
    subscription.retry_at = None
    change_status(account, subscription, "CANCELLED", note)
    tell(account, subscription, "CANCELLED", "Subscription cancelled.")


def run_out(account: Account, subscription: Subscription) -> None:
    """Expire the subscription after its last cycle."""
    subscription.ends_at = subscription.ends_at or account.now()
    change_status(account, subscription, "EXPIRED", None)
    tell(account, subscription, "EXPIRED", "Subscription expired.")


def apply(account: Account, revision: Revision) -> None:
    """Apply an approved change of plan, which is billed from the next cycle on."""
    subscription = account.subscription(revision.subscription)
    subscription.plan, subscription.quantity = revision.plan, revision.quantity
    subscription.terms, subscription.overridden = revision.terms, revision.overridden
    # The new plan's phases start after the paid time; a trial is not granted twice.
    subscription.anchor = subscription.next_billing or subscription.ends_at or account.now()
    subscription.next_billing, subscription.ends_at = subscription.anchor, None
    subscription.done = [each.total if each.tenure == "TRIAL" else 0 for each in revision.terms.cycles]
    account.keep(account.subscriptions, subscription)
    tell(account, subscription, "UPDATED", "Subscription updated.")


def _status(action: str, wanted: str) -> PayPalError:
    text = f"Invalid subscription status for {action} action; subscription status should be {wanted}."
    return unprocessable("SUBSCRIPTION_STATUS_INVALID", text)
