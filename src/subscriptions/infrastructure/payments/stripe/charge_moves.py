"""Postponement of the next charge by a trial that lasts until then, without proration
(https://docs.stripe.com/billing/subscriptions/billing-cycle).

Such a subscription has the status `trialing` at Stripe although it is paid. A value in the metadata distinguishes it
from a trial that another system set, and from a subscription that is not paid yet.
"""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.payments.stripe.errors import translate_errors
from subscriptions.infrastructure.payments.stripe.pauses import paid_until
from subscriptions.infrastructure.payments.stripe.subscriptions import CHARGE_MOVED, retrieve, snapshot
from subscriptions.infrastructure.payments.stripe.wire import Wire

FURTHEST: Final = timedelta(days=700)
"""Maximum postponement in one step. Stripe accepts at most two years; a longer postponement is extended later."""


async def reschedule_charge(wire: Wire, clock: Clock, ref: str, charge_at: datetime, idempotency_key: str) -> bool:
    """Postpone the next charge. Return True if the charge is postponed to that date or as far as possible, by this or
    an earlier call.

    Return False if the subscription is unknown, unpaid or canceled, the date has passed, or a change is scheduled for
    the renewal.
    """
    now = clock.now()
    async with translate_errors():
        node = await retrieve(wire, ref)
        end = paid_until(node, now) if node is not None else None
        if node is None or end is None:
            return False
        state, at = snapshot(node, now), int(min(charge_at, now + FURTHEST).timestamp())
        if at <= now.timestamp() or node.ref("schedule") is not None or state.pause_until is not None:
            return False
        if state.cancel_at is not None and at >= state.cancel_at.timestamp():
            return False
        was_moved = state.charge_moved_to is not None
        if at > end.timestamp() or (was_moved and at < end.timestamp()):
            await wire.client.v1.subscriptions.update_async(
                ref,
                {"trial_end": at, "proration_behavior": "none", "metadata": {CHARGE_MOVED: str(at)}},
                {"idempotency_key": f"{idempotency_key}:{at}"},
            )
    return True
