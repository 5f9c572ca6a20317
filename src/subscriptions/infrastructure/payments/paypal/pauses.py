"""Pauses of a subscription: the subscription is suspended before the paused period and reactivated shortly before the
next one.

PayPal neither schedules a suspension nor ends one automatically, so the reasons of both calls contain the paused
period. Before that period, the subscription counts as active. During the period, it counts as paused, even if it is
already active again. PayPal does not bill cycles during a suspension, so the next charge is that of the next cycle.
(https://developer.paypal.com/docs/subscriptions/customize/pause-resume/)

While the customer's access is suspended by us, the subscription is suspended with another reason.
"""

from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.infrastructure.payments.paypal.errors import Refusal
from subscriptions.infrastructure.payments.paypal.periods import Pause, noted_pause, rhythm
from subscriptions.infrastructure.payments.paypal.subscriptions import (
    GOES_ON,
    HOLD_REASON,
    is_held,
    raw_status,
    retrieve,
    snapshot,
)
from subscriptions.infrastructure.payments.paypal.wire import Wire

_SUSPENDED: Final = "SUSPENDED"


async def pause_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """Pause the next period. Return True if the period is paused, by this or an earlier call, and False if the
    subscription is unknown, not active, or not paid.
    """
    now, found_node = clock.now(), await retrieve(wire, ref)
    if found_node is None:
        return False
    state, every = snapshot(found_node, now), rhythm(found_node)
    if state.pause_until is not None:
        return True
    end = state.current_period_end
    runs = state.status is ProviderStatus.ACTIVE and raw_status(found_node) != _SUSPENDED
    if not runs or every is None or end is None or end <= now:
        return False
    note = Pause(starts=end, end=every.step(end, 1)).note
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/suspend", {"reason": note})
    except Refusal:
        node = await retrieve(wire, ref)
        if node is None or noted_pause(node) is None:
            raise
    return True


async def end_pause(wire: Wire, clock: Clock, ref: str) -> bool:
    """End a pause. Return True if the next charge is at the end of the paid or paused period, and False if the
    subscription is unknown or has ended.
    """
    now, found_node = clock.now(), await retrieve(wire, ref)
    if found_node is None or snapshot(found_node, now).status is ProviderStatus.ENDED:
        return False
    pause = noted_pause(found_node)
    if pause is None or raw_status(found_node) != _SUSPENDED:
        return True
    reason = GOES_ON if now < pause.starts else pause.note
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/activate", {"reason": reason})
    except Refusal:
        node = await retrieve(wire, ref)
        if node is None or raw_status(node) == _SUSPENDED:
            raise
    return True


async def pause_billing(wire: Wire, clock: Clock, ref: str) -> bool:
    """Pause billing. Return True if the subscription is suspended, for any reason, and False if it is unknown, has
    ended, or has not started.
    """
    found_node = await retrieve(wire, ref)
    if found_node is None or snapshot(found_node, clock.now()).status in {
        ProviderStatus.ENDED,
        ProviderStatus.INCOMPLETE,
    }:
        return False
    if raw_status(found_node) == _SUSPENDED:
        return True
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/suspend", {"reason": HOLD_REASON})
    except Refusal:
        node = await retrieve(wire, ref)
        if node is None or raw_status(node) != _SUSPENDED:
            raise
    return True


async def release_charges(wire: Wire, clock: Clock, ref: str) -> bool:
    """Resume billing. Return True if the next cycle is charged, unless it is paused for another reason, and False if
    the subscription is unknown or has ended.
    """
    found_node = await retrieve(wire, ref)
    if found_node is None or snapshot(found_node, clock.now()).status is ProviderStatus.ENDED:
        return False
    if not is_held(found_node):
        return True
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/activate", {"reason": GOES_ON})
    except Refusal:
        node = await retrieve(wire, ref)
        if node is None or is_held(node):
            raise
    return True
