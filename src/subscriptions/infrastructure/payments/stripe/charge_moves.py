"""Postponement of the next charge by a trial that lasts until then, without proration
(https://docs.stripe.com/billing/subscriptions/billing-cycle).

Such a subscription has the status `trialing` at Stripe although it is paid. A value in the metadata distinguishes it
from a trial that another system set, and from a subscription that is not paid yet.
"""

from datetime import datetime, timedelta
from typing import Final

from stripe.params import SubscriptionUpdateParams, SubscriptionUpdateParamsItem

from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.payments.stripe.errors import translate_errors
from subscriptions.infrastructure.payments.stripe.pauses import paid_until
from subscriptions.infrastructure.payments.stripe.subscriptions import (
    CHARGE_MOVED,
    COMING_PRICE,
    EARLIER_PRICE,
    PRICE,
    release,
    retrieve,
    snapshot,
)
from subscriptions.infrastructure.payments.stripe.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

FURTHEST: Final = timedelta(days=700)
"""Maximum postponement in one step. Stripe accepts at most two years; a longer postponement is extended later."""


async def reschedule_charge(wire: Wire, clock: Clock, ref: str, charge_at: datetime, idempotency_key: str) -> bool:
    """Postpone the next charge. Return True if the charge is postponed to that date or as far as possible, by this or
    an earlier call.

    A plan change that is scheduled for the renewal takes effect with the postponed charge: its schedule is released,
    and the new price is set at once, because nothing is charged before the trial ends. A note in the metadata survives
    a crash in between.

    Return False if the subscription is unknown, unpaid or canceled, the date has passed, or another kind of schedule
    manages the subscription.
    """
    now = clock.now()
    async with translate_errors():
        node = await retrieve(wire, ref)
        end = paid_until(node, now) if node is not None else None
        if node is None or end is None:
            return False
        state, at = snapshot(node, now), int(min(charge_at, now + FURTHEST).timestamp())
        if at <= now.timestamp() or state.pause_until is not None:
            return False
        coming_price = state.next_price_ref or node.text("metadata", COMING_PRICE)
        if node.ref("schedule") is not None and state.next_price_at != end:
            return False
        if state.cancel_at is not None and at >= state.cancel_at.timestamp():
            return False
        was_moved = state.charge_moved_to is not None
        if at > end.timestamp() or (was_moved and at < end.timestamp()):
            params: SubscriptionUpdateParams = {
                "trial_end": at,
                "proration_behavior": "none",
                "metadata": {CHARGE_MOVED: str(at)},
            }
            if coming_price:
                await wire.client.v1.subscriptions.update_async(ref, {"metadata": {COMING_PRICE: coming_price}})
                await release(wire, node)
                params = {**params, **_at_price(node, coming_price, at)}
            await wire.client.v1.subscriptions.update_async(ref, params, {"idempotency_key": f"{idempotency_key}:{at}"})
    return True


def _at_price(node: Node, price: str, charge_at: int) -> SubscriptionUpdateParams:
    """Return the update to the price of a scheduled change, with a note of the price before, by which the change is
    undone. Like the schedule, it sets the quantity to one and removes further items.
    """
    item, *others = node.items("items")
    items: list[SubscriptionUpdateParamsItem] = [{"id": item.text("id") or "", "price": price, "quantity": 1}]
    items += [{"id": each.text("id") or "", "deleted": True} for each in others]
    noted = {CHARGE_MOVED: str(charge_at), COMING_PRICE: "", EARLIER_PRICE: node.ref(*PRICE) or ""}
    return {"items": items, "metadata": noted}
