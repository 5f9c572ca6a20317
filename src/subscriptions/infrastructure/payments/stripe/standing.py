"""Standing subscriptions: fetched, canceled, and the cancellation taken back."""

import stripe
from stripe.params import SubscriptionUpdateParams

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.infrastructure.payments.stripe.errors import MISSING, gateway_error, speaking
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.subscription_events import snapshot
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain


async def fetch_subscription(wire: Wire, clock: Clock, ref: str) -> SubscriptionSnapshot | None:
    """The present truth; None where there is no such subscription."""
    # Before the call: what comes back is at least as new as this.
    fetched_at = clock.now()
    async with speaking():
        found = await retrieve(wire, ref)
    return None if found is None else snapshot(found, fetched_at)


async def cancel_subscription(wire: Wire, clock: Clock, ref: str, *, at_period_end: bool) -> bool:
    """True: canceled now, to be canceled, or so before. False: unknown."""
    if not _is_ref(ref):
        return False
    service = wire.client.v1.subscriptions
    async with speaking():
        try:
            if at_period_end:
                await _cancel_at_end(wire, ref)
            else:
                await service.cancel_async(ref)
        except stripe.InvalidRequestError as refused:
            # A canceled subscription can be neither changed nor canceled, and canceling it says "no such".
            found = await retrieve(wire, ref)
            if found is None:
                return False
            state = snapshot(found, clock.now())
            if state.status is ProviderStatus.ENDED or (at_period_end and state.cancel_at_period_end):
                return True
            raise gateway_error(refused) from None
    return True


async def resume_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """True: it renews again, or never was to end. False: too late, or unknown."""
    async with speaking():
        found = await retrieve(wire, ref)
        if found is None or snapshot(found, clock.now()).status is ProviderStatus.ENDED:
            return False
        undo = _undo(found)
        if undo is None:
            return True
        try:
            await wire.client.v1.subscriptions.update_async(ref, undo)
        except stripe.InvalidRequestError as refused:
            # It may have ended in between.
            again = await retrieve(wire, ref)
            if again is None or snapshot(again, clock.now()).status is ProviderStatus.ENDED:
                return False
            raise gateway_error(refused) from None
    return True


async def release(wire: Wire, subscription: Node) -> None:
    """Let go of what was settled for later: the subscription stays as it is. Nothing where nothing was."""
    schedule = subscription.ref("schedule")
    if schedule is None:
        return
    try:
        await wire.client.v1.subscription_schedules.release_async(schedule)
    except stripe.InvalidRequestError:
        # It may have let go by itself in between.
        again = await retrieve(wire, subscription.text("id") or "")
        if again is not None and again.ref("schedule") is not None:
            raise


async def _cancel_at_end(wire: Wire, ref: str) -> None:
    """While a change is settled for the renewal, only its schedule could be told; whoever leaves needs it no more."""
    service = wire.client.v1.subscriptions
    try:
        await service.update_async(ref, {"cancel_at_period_end": True})
    except stripe.InvalidRequestError:
        found = await retrieve(wire, ref)
        if found is None or found.ref("schedule") is None:
            raise
        await release(wire, found)
        await service.update_async(ref, {"cancel_at_period_end": True})


def _undo(subscription: Node) -> SubscriptionUpdateParams | None:
    """What takes the cancellation back, set by us (at period end) or through the customer portal (at a date)."""
    if subscription.flag("cancel_at_period_end"):
        return {"cancel_at_period_end": False}
    return {"cancel_at": ""} if subscription.moment("cancel_at") is not None else None


async def retrieve(wire: Wire, ref: str) -> Node | None:
    """The subscription with its schedule, where it has one; None where there is no such."""
    if not _is_ref(ref):
        return None
    try:
        found = await wire.client.v1.subscriptions.retrieve_async(ref, {"expand": ["schedule"]})
        return plain(found, "subscription")
    except stripe.InvalidRequestError as error:
        if error.code == MISSING:
            return None
        raise


def _is_ref(ref: str) -> bool:
    """An empty or foreign name would be another address at the provider."""
    return ref.startswith("sub_")
