"""The next charge of a subscription, determined by a preview of its next invoice.

The preview includes everything that the subscription's fields do not state: quantities, several items, coupons, the
payer's balance, prorations and scheduled changes (https://docs.stripe.com/api/invoices/create_preview). The preview
ignores paused collection, so the date of the next charge is taken from the subscription.
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final

import stripe
from stripe.params import InvoiceCreatePreviewParams

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot, UnreadableAnswer
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.errors import translate_errors
from subscriptions.infrastructure.payments.stripe.subscriptions import charged_from, renews_at, retrieve, snapshot
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain
from subscriptions.infrastructure.providers.reader import Node

log = logging.getLogger(__name__)

NONE_COMES: Final = "invoice_upcoming_none"
"""Stripe's error code for a subscription without further invoices (https://docs.stripe.com/error-codes)."""
_UNSURE: Final = frozenset({ProviderStatus.PAST_DUE, ProviderStatus.INCOMPLETE, ProviderStatus.UNKNOWN})
"""Statuses in which a charge is owed or the first charge is missing, so that the preview does not show the
next charge.
"""


async def fetch_subscription(wire: Wire, clock: Clock, ref: str) -> SubscriptionSnapshot | None:
    """Return the current state with the next charge, or None if the subscription does not exist."""
    # The time is taken before the call, because the answer is at least this recent.
    fetched_at = clock.now()
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None:
            return None
        state = snapshot(node, fetched_at)
        return replace(state, upcoming=await fetch_upcoming(wire, node, state))


async def fetch_upcoming(wire: Wire, node: Node, state: SubscriptionSnapshot) -> UpcomingCharge | None:
    """Return the next charge, or None if Stripe does not state it. `node`, `state`: the subscription as just fetched.

    A failed preview is logged and does not affect the rest of the state.
    """
    if state.status in _UNSURE:
        return None
    at = None if state.status is ProviderStatus.ENDED or state.cancel_at_period_end else _charge_at(node, state)
    if at is None:
        return UpcomingCharge(at=None, learned_at=state.fetched_at)
    try:
        preview = plain(await wire.client.v1.invoices.create_preview_async(_asked(node, state)), "invoice")
    except (stripe.StripeError, UnreadableAnswer) as error:
        if isinstance(error, stripe.StripeError) and error.code == NONE_COMES:
            return UpcomingCharge(at=None, learned_at=state.fetched_at)
        log.warning("stripe: the next invoice of %s cannot be previewed: %s", state.ref, error)
        return None
    amount = from_provider(preview.number("amount_due"), preview.text("currency"))
    return UpcomingCharge(at=at, amount=_charged(amount), learned_at=state.fetched_at)


def _charge_at(node: Node, state: SubscriptionSnapshot) -> datetime | None:
    at = charged_from(node, renews_at(node))
    return None if at is None or (state.cancel_at is not None and state.cancel_at <= at) else at


def _asked(node: Node, state: SubscriptionSnapshot) -> InvoiceCreatePreviewParams:
    """Return the parameters of the preview. Scheduled changes are visible only in a preview of the schedule."""
    schedule = node.ref("schedule")
    return {"subscription": state.ref} if schedule is None else {"schedule": schedule}


def _charged(amount: Money | None) -> Money | None:
    return amount if amount is None or amount.minor >= 0 else Money(0, amount.currency)
