"""Standing subscriptions: fetched, canceled, and the cancellation taken back.

PayPal cannot cancel at a period's end. A suspension with a reason of ours stands in for it: nothing is charged, the
buyer keeps what is paid for, and activating it again is the undo. The product's clock cancels for good at the end.
"""

from datetime import datetime
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.infrastructure.payments.paypal.errors import Refused, unreadable
from subscriptions.infrastructure.payments.paypal.prices import plan_of
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_subscription
from subscriptions.infrastructure.payments.paypal.subscription_facts import (
    cancel_note,
    ends_by_us,
    present_period,
    raw_status,
    regular_cycle,
    snapshot,
)
from subscriptions.infrastructure.payments.paypal.wire import Wire

_RENEWING: Final = frozenset([ProviderStatus.ACTIVE, ProviderStatus.TRIALING, ProviderStatus.PAST_DUE])
_STOPPED: Final = "The seller ended the subscription"
_GOES_ON: Final = "The subscriber keeps the subscription"


async def fetch_subscription(wire: Wire, clock: Clock, ref: str) -> SubscriptionSnapshot | None:
    """The present truth; None where there is no such subscription."""
    # Before the call: what comes back is at least as new as this.
    fetched_at = clock.now()
    found = await retrieve(wire, ref)
    return None if found is None else snapshot(found, fetched_at)


async def cancel_subscription(wire: Wire, clock: Clock, ref: str, *, at_period_end: bool) -> bool:
    """True: canceled now, to end by itself, or so before. False: unknown, or not begun yet."""
    found = await retrieve(wire, ref)
    if found is None:
        return False
    done = _is_done(found, clock.now(), at_period_end=at_period_end)
    if done is not None:
        return done
    try:
        # One that rests already cannot be suspended once more: it can only end for good.
        if at_period_end and raw_status(found) != "SUSPENDED":
            reason = cancel_note(present_period(found, clock.now())[1])
            await wire.post(f"/v1/billing/subscriptions/{ref}/suspend", {"reason": reason})
        else:
            await wire.post(f"/v1/billing/subscriptions/{ref}/cancel", {"reason": _STOPPED})
    except Refused:
        again = await retrieve(wire, ref)
        done = False if again is None else _is_done(again, clock.now(), at_period_end=at_period_end)
        if done is None:
            raise
        return done
    return True


async def resume_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """True: it renews again, or never was to end. False: too late, unknown, or it rests for another reason."""
    found = await retrieve(wire, ref)
    if found is None:
        return False
    goes_on = _goes_on(found, clock.now())
    if goes_on is not None:
        return goes_on
    try:
        await wire.post(f"/v1/billing/subscriptions/{ref}/activate", {"reason": _GOES_ON})
    except Refused:
        again = await retrieve(wire, ref)
        goes_on = False if again is None else _goes_on(again, clock.now())
        if goes_on is None:
            raise
        return goes_on
    return True


async def retrieve(wire: Wire, ref: str) -> Node | None:
    """The subscription with its plan; None where there is no such."""
    if not is_subscription(ref):
        return None
    try:
        found = await wire.get(f"/v1/billing/subscriptions/{ref}", {"fields": "plan"})
    except Refused as error:
        if error.status == 404:
            return None
        raise
    if found.text("id") is None:
        raise unreadable("subscription")
    if regular_cycle(found.at("plan")).is_object:
        return found
    plan = await plan_of(wire, found.text("plan_id") or "")
    return found if plan is None else Node({**found.value, "plan": plan.value})


def _is_done(subscription: Node, now: datetime, *, at_period_end: bool) -> bool | None:
    """True: nothing left to do. False: nothing can be done. None: it is to be done."""
    state = snapshot(subscription, now)
    if state.status is ProviderStatus.ENDED or (at_period_end and state.cancel_at_period_end):
        return True
    # Nobody approved it: nothing is charged, and PayPal lets neither suspend nor cancel it.
    return False if state.status is ProviderStatus.INCOMPLETE else None


def _goes_on(subscription: Node, now: datetime) -> bool | None:
    """True: it renews. False: it cannot be made to. None: only our suspension keeps it from renewing."""
    ours, ends_at = ends_by_us(subscription)
    if ours:
        # Once the period is over, waking it would charge for the next one.
        return False if ends_at is not None and ends_at <= now else None
    return raw_status(subscription) != "SUSPENDED" and snapshot(subscription, now).status in _RENEWING
