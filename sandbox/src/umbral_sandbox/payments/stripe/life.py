"""Scheduled events of the Stripe account, such as renewals, retries, ends of trials and expiries of
checkout sessions.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from umbral_sandbox.payments.chassis.life import Due, lived
from umbral_sandbox.payments.stripe import paying, returning, subscribing
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.events import noticed
from umbral_sandbox.payments.stripe.records import Subscription
from umbral_sandbox.payments.stripe.sessions import expire
from umbral_sandbox.payments.stripe.subscriptions import resumes_at

_REFERENCE_S: Final = 3
_TRIAL_WARNING_S: Final = 3 * 24 * 60 * 60


def live(account: Account, now: datetime) -> bool:
    """Perform all events that are due by ``now``; return True if an event was performed."""
    return lived(account, now, lambda: _all(account))


def _all(account: Account) -> Iterator[Due]:
    for session in account.sessions.values():
        if session.status == "open":
            yield Due(session.expires_at, partial(expire, account, session))
    for subscription in account.subscriptions.values():
        yield from _of_subscription(account, subscription)
    for invoice in account.invoices.values():
        if invoice.due_at is not None:
            yield Due(invoice.due_at, partial(subscribing.retry, account, invoice))
    for intent in account.intents.values():
        if intent.status == "processing" and intent.decided_at is not None:
            yield Due(intent.decided_at, partial(paying.decide, account, intent, is_paid=True))
    for refund in account.refunds.values():
        if refund.reference is None:
            yield Due(refund.created + _REFERENCE_S, partial(returning.name_reference, account, refund))


def _of_subscription(account: Account, subscription: Subscription) -> Iterator[Due]:
    if subscription.status not in {*subscribing.LIVE, "paused"}:
        return
    if subscription.cancel_at is not None:
        yield Due(subscription.cancel_at, lambda: subscribing.end(account, subscription, "cancellation_requested"))
    if subscription.status == "paused":
        return
    # A planned end at the period's end comes first, because _all yields it before the renewal of the same time.
    yield Due(subscription.period_end, lambda: subscribing.renew(account, subscription))
    if subscription.status == "trialing" and not subscription.trial_warned and subscription.trial_end:
        warning = max(subscription.trial_end - _TRIAL_WARNING_S, subscription.created)
        yield Due(warning, lambda: subscribing.warn_of_trial_end(account, subscription))
    resumed = resumes_at(subscription)
    if resumed is not None:
        yield Due(resumed, lambda: _collect_again(account, subscription))


def _collect_again(account: Account, subscription: Subscription) -> None:
    draw = subscribing.shape
    with noticed(account, "customer.subscription.updated", lambda: draw(account, subscription)):
        subscription.pause_collection = None
        account.subscriptions.put(subscription.id, subscription)
