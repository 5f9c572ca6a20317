"""What happens by itself as the clock runs, each thing at its own moment and in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from umbral_sandbox.payments.paypal import charging, ordering, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import Subscription

#: A capture that will be refused is looked into for so long.
_REVIEW_S: Final = 60


@dataclass(frozen=True)
class Due:
    """Something that is to happen at a moment."""

    at: int
    act: Callable[[], None]


def live(account: Account, now: datetime) -> bool:
    """Do all that is due by ``now``; a long jump of the clock is lived through step by step."""
    until, acted = int(now.timestamp()), False
    while True:
        due = min((each for each in _all(account) if each.at <= until), key=lambda each: each.at, default=None)
        if due is None:
            return acted
        with account.at(due.at):
            due.act()
        acted = True


def _all(account: Account) -> Iterator[Due]:
    for subscription in account.subscriptions.values():
        if subscription.status == "ACTIVE":
            yield from _of_subscription(account, subscription)
    for payment in account.payments.values():
        if payment.state == "pending":
            yield Due(payment.created + _REVIEW_S, partial(ordering.deny, account, payment))


def _of_subscription(account: Account, subscription: Subscription) -> Iterator[Due]:
    # A retry of the same moment as the next bill comes first: that bill would take it along.
    if subscription.retry_at is not None:
        yield Due(subscription.retry_at, partial(charging.retry, account, subscription))
    if subscription.next_billing is not None:
        yield Due(subscription.next_billing, partial(charging.bill, account, subscription))
    elif subscription.ends_at is not None:
        yield Due(subscription.ends_at, partial(subscribing.run_out, account, subscription))
