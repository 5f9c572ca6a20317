"""Scheduled events of the PayPal account: events of active subscriptions, and denials of pending captures."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from umbral_sandbox.payments.chassis.life import Due, lived
from umbral_sandbox.payments.paypal import charging, ordering, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import Subscription

#: Review time of a capture that will be denied.
_REVIEW_S: Final = 60


def live(account: Account, now: datetime) -> bool:
    """Perform all events that are due by ``now``; return True if an event was performed."""
    return lived(account, now, lambda: _all(account))


def _all(account: Account) -> Iterator[Due]:
    for subscription in account.subscriptions.values():
        if subscription.status == "ACTIVE":
            yield from _of_subscription(account, subscription)
    for payment in account.payments.values():
        if payment.state == "pending" and not payment.by_echeck:
            yield Due(payment.created + _REVIEW_S, partial(ordering.deny, account, payment))
        elif payment.state == "pending" and payment.decided_at is not None:
            yield Due(payment.decided_at, partial(charging.decide, account, payment, is_paid=True))


def _of_subscription(account: Account, subscription: Subscription) -> Iterator[Due]:
    # A retry that is due together with the next bill comes first, because that bill would include the retry's amount.
    if subscription.retry_at is not None:
        yield Due(subscription.retry_at, partial(charging.retry, account, subscription))
    if subscription.next_billing is not None:
        yield Due(subscription.next_billing, partial(charging.bill, account, subscription))
    elif subscription.ends_at is not None:
        yield Due(subscription.ends_at, partial(subscribing.run_out, account, subscription))
