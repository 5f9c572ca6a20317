"""A period left out at its customer's wish: suspended before it, activated again shortly before the one after it.

PayPal neither plans a suspension nor ends one by itself, so the reason that goes with both says what is left out: until
that begins the subscription counts as running, and while it lasts as resting, also where it is active again already.
Cycles that went by while it was suspended are not billed, so it cannot be charged before the next one begins.
(https://developer.paypal.com/docs/subscriptions/customize/pause-resume/)

While we keep a customer out it is suspended with a reason of its own.
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
    """True: the next period is left out, now or before. False: unknown, or nothing runs that is paid and goes on."""
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
    """True: it is charged again at the end of what is paid, or of what is left out. False: unknown, or over."""
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


async def hold_charges(wire: Wire, clock: Clock, ref: str) -> bool:
    """True: suspended, now or before, for whatever reason. False: unknown, over, or not begun."""
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
    """True: it is charged with its next cycle, unless it rests for another reason. False: unknown, or over."""
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
