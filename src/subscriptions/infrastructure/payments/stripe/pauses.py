"""Pauses of a subscription: collection is paused, the invoice of the paused period is voided, and the next invoice is
charged.

Stripe keeps the status active and resumes collection automatically at `resumes_at`. That time must precede the renewal,
so that the renewal is charged (https://docs.stripe.com/billing/subscriptions/pause-payment). Until then, a value in the
metadata records that the current period is not paid.

While a customer's access is suspended by us, collection is paused in the same way, but without an end and with another
value in the metadata. This affects only new invoices: Stripe retries older open invoices unless they are taken out of
automatic collection (https://docs.stripe.com/invoicing/integration/automatic-advancement-collection). These invoices
are taken out and marked with the same value. When access is restored, they are put back, because they are still owed.
"""

from datetime import datetime
from typing import Final

from stripe.params import InvoiceUpdateParams, SubscriptionUpdateParams, SubscriptionUpdateParamsPauseCollection

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.domain.services.access_policy import RESUME_AHEAD
from subscriptions.infrastructure.payments.stripe.errors import translate_errors, unreadable
from subscriptions.infrastructure.payments.stripe.subscriptions import (
    HOLD_KEY,
    PAUSED_UNTIL,
    billing_calendar,
    is_held,
    not_collected,
    noted_pause,
    retrieve,
    snapshot,
)
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain_list
from subscriptions.infrastructure.providers.reader import Node

_UNPAID = frozenset({"draft", "open"})
"""Statuses of an unpaid invoice. The invoice of a renewal is a draft for an hour before it is charged; until then, the
current period is not paid and would count as paused.
"""
_INVOICES: Final = 100
"""Maximum number of invoices in one answer. A subscription has one invoice per period."""
_RECURS = ("items", "data", 0, "price", "recurring")


async def pause_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """Pause the next period. Return True if the period is paused, by this or an earlier call, and False if the
    subscription is unknown, not active, not paid, or about to end.
    """
    now = clock.now()
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None:
            return False
        state = snapshot(node, now)
        if state.pause_until is not None:
            return True
        end = paid_until(node, now)
        if end is None:
            return False
        pause_end = end + billing_calendar(node).length(end, *_rhythm(node))
        if state.cancel_at is not None and state.cancel_at <= pause_end:
            # The subscription ends before any charge after the pause.
            return False
        pause: SubscriptionUpdateParams = {
            "pause_collection": _pause(pause_end),
            "metadata": {PAUSED_UNTIL: str(int(pause_end.timestamp()))},
        }
        await wire.client.v1.subscriptions.update_async(ref, pause)
    return True


async def end_pause(wire: Wire, clock: Clock, ref: str, *, at_once: bool) -> bool:
    """End a pause. Return True if charges continue, by this or an earlier call, and False if the subscription is
    unknown or has ended.

    `at_once`: True to start a new period now if the current period is paused. Raises ChargeDeclined, in which case
    nothing is changed.
    """
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED:
            return False
        is_paused, left_out = node.at("pause_collection").is_object, not_collected(node)
        if not is_paused and not (left_out and at_once):
            return True
        going_on: SubscriptionUpdateParams = {"pause_collection": ""} if is_paused else {}
        if at_once or not left_out:
            going_on["metadata"] = {PAUSED_UNTIL: ""}
        if at_once and left_out:
            going_on["billing_cycle_anchor"] = {"type": "now"}
            going_on["proration_behavior"] = "none"
            going_on["payment_behavior"] = "error_if_incomplete"
        await wire.client.v1.subscriptions.update_async(ref, going_on)
    return True


async def pause_billing(wire: Wire, clock: Clock, ref: str) -> bool:
    """Pause billing: new invoices are voided, and open invoices are not collected.

    Return False if the subscription is unknown or has ended.
    """
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED:
            return False
        if not is_held(node):
            update: SubscriptionUpdateParams = {"pause_collection": {"behavior": "void"}, "metadata": {HOLD_KEY: "yes"}}
            await wire.client.v1.subscriptions.update_async(ref, update)
        await _collect_open(wire, ref, is_retried=False)
    return True


async def release_charges(wire: Wire, clock: Clock, ref: str) -> bool:
    """Resume billing of new invoices and of the invoices that were open before, except for a period that the customer
    has paused.

    Return False if the subscription is unknown or has ended.
    """
    now = clock.now()
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None or snapshot(node, now).status is ProviderStatus.ENDED:
            return False
        if is_held(node):
            update: SubscriptionUpdateParams = {"pause_collection": "", "metadata": {HOLD_KEY: ""}}
            end = noted_pause(node)
            if end is not None and end - RESUME_AHEAD > now:
                update["pause_collection"] = _pause(end)
            await wire.client.v1.subscriptions.update_async(ref, update)
        await _collect_open(wire, ref, is_retried=True)
    return True


def paid_until(subscription: Node, now: datetime) -> datetime | None:
    """Return the end of the current period, or None if the period is not paid or is the last one."""
    state = snapshot(subscription, now)
    if state.status is not ProviderStatus.ACTIVE or state.cancel_at_period_end:
        return None
    end, invoice = state.current_period_end, subscription.text("latest_invoice", "status")
    return end if end is not None and end > now and invoice not in _UNPAID else None


async def _collect_open(wire: Wire, ref: str, *, is_retried: bool) -> None:
    """Take the open invoices out of automatic collection, or put back the invoices that we took out.

    Invoices that the seller took out of collection are left unchanged.
    """
    invoices = await wire.client.v1.invoices.list_async({"subscription": ref, "limit": _INVOICES})
    for invoice in plain_list(invoices, "invoices"):
        waits = invoice.text("metadata", HOLD_KEY) is not None
        is_ours = waits if is_retried else invoice.flag("auto_advance")
        if is_ours and invoice.text("status") in _UNPAID:
            note: InvoiceUpdateParams = {
                "auto_advance": is_retried,
                "metadata": {HOLD_KEY: "" if is_retried else "yes"},
            }
            await wire.client.v1.invoices.update_async(invoice.text("id") or "", note)


def _pause(moment: datetime) -> SubscriptionUpdateParamsPauseCollection:
    return {"behavior": "void", "resumes_at": int((moment - RESUME_AHEAD).timestamp())}


def _rhythm(subscription: Node) -> tuple[Interval, int]:
    interval, count = subscription.text(*_RECURS, "interval"), subscription.number(*_RECURS, "interval_count")
    if interval not in set(Interval) or not isinstance(count, int):
        raise unreadable("subscription with a recurring price")
    return Interval(interval), count
