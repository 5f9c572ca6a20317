"""Subscriptions: their state, cancellation, resumption, events and snapshots.

A subscription has one of two formats: with the period at the top level (old) or on the items (API version basil and
later).
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

import stripe
from stripe.params import SubscriptionListParams, SubscriptionUpdateParams

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionPage,
    SubscriptionSnapshot,
)
from subscriptions.domain.services.billing_period import Calendar
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, gateway_error, translate_errors
from subscriptions.infrastructure.payments.stripe.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.stripe.references import telegram_id, with_references
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain, plain_list
from subscriptions.infrastructure.providers.reader import Literal, Node

log = logging.getLogger(__name__)

Period: TypeAlias = tuple[datetime | None, datetime | None]

PAGE: Final = 100
PRICE: Final = ("items", "data", 0, "price")
_RECURS: Final = (*PRICE, "recurring")
EXPANSIONS: Final = ("schedule", "latest_invoice")
_FORGONE: Final = frozenset({"void", "draft", "uncollectible"})
"""Statuses of an invoice that was created while collection was paused
(https://docs.stripe.com/billing/subscriptions/pause-payment).
"""

PAUSED_UNTIL: Final = "paused_until"
"""Metadata key: start of the period after the paused one, in seconds since 1970."""

CHARGE_MOVED: Final = "charge_moved_to"
"""Metadata key: date to which the next charge was postponed, in seconds since 1970."""
COMING_PRICE: Final = "coming_price"
"""Metadata key: price of a scheduled change while the charge is being postponed."""
EARLIER_PRICE: Final = "earlier_price"
"""Metadata key: price before a change that takes effect with a postponed charge."""
HOLD_KEY: Final = "held"
"""Metadata key of a subscription whose collection is paused because the customer's access is suspended by us."""

STATUS: Final = {
    "incomplete": ProviderStatus.INCOMPLETE,
    "incomplete_expired": ProviderStatus.ENDED,
    "trialing": ProviderStatus.TRIALING,
    "active": ProviderStatus.ACTIVE,
    "past_due": ProviderStatus.PAST_DUE,
    # All retries failed, but paying the open invoice restores the subscription, so the grace period ends by our own
    # clock.
    "unpaid": ProviderStatus.PAST_DUE,
    "paused": ProviderStatus.PAUSED,
    "canceled": ProviderStatus.ENDED,
}


async def list_subscriptions(wire: Wire, clock: Clock, cursor: str | None) -> SubscriptionPage:
    """Return a page of subscriptions that are not canceled, the newest first
    (https://docs.stripe.com/api/subscriptions/list).
    """
    fetched_at = clock.now()
    parameters: SubscriptionListParams = {"limit": PAGE, "expand": [f"data.{each}" for each in EXPANSIONS]}
    if cursor is not None:
        parameters["starting_after"] = cursor
    async with translate_errors():
        page = plain_list(await wire.client.v1.subscriptions.list_async(parameters), "subscriptions")
    subscription_snapshots = [snapshot(each, fetched_at) for each in page if each.text("id") is not None]
    return SubscriptionPage(
        snapshots=subscription_snapshots,
        next=subscription_snapshots[-1].ref if subscription_snapshots and len(page) == PAGE else None,
    )


async def cancel_subscription(wire: Wire, clock: Clock, ref: str, *, at_period_end: bool) -> bool:
    """Cancel a subscription. Return True if it is canceled or will end, by this or an earlier call, and False if it is
    unknown. An immediate cancellation also voids the open invoices.
    """
    if not _is_ref(ref):
        return False
    service = wire.client.v1.subscriptions
    async with translate_errors():
        try:
            if at_period_end:
                await _cancel_at_end(wire, ref)
            else:
                await service.cancel_async(ref)
        except stripe.InvalidRequestError as error:
            # Stripe refuses to change a canceled subscription, and reports it as missing when it is canceled again.
            node = await retrieve(wire, ref)
            if node is None:
                return False
            state = snapshot(node, clock.now())
            if state.status is not ProviderStatus.ENDED and not (at_period_end and state.cancel_at_period_end):
                raise gateway_error(error) from None
        if not at_period_end:
            await _void_open_invoices(wire, ref)
    return True


async def _void_open_invoices(wire: Wire, ref: str) -> None:
    """Void the open invoices of a canceled subscription, because the customer can still pay them on Stripe's pages
    (https://docs.stripe.com/billing/subscriptions/cancel). An invoice whose payment is at the bank cannot be voided.
    """
    service = wire.client.v1.invoices
    page = await service.list_async({"subscription": ref, "status": "open", "limit": PAGE})
    for invoice in plain_list(page, "invoices"):
        try:
            await service.void_invoice_async(invoice.text("id") or "")
        except stripe.InvalidRequestError as error:
            log.warning("invoice %s cannot be voided: %s", invoice.text("id"), error.code)


async def resume_subscription(wire: Wire, clock: Clock, ref: str) -> bool:
    """Undo a cancellation. Return True if the subscription renews, and False if it has ended or is unknown."""
    async with translate_errors():
        found_node = await retrieve(wire, ref)
        if found_node is None or snapshot(found_node, clock.now()).status is ProviderStatus.ENDED:
            return False
        undo = _undo(found_node)
        if undo is None:
            return True
        try:
            await _keep(wire, found_node, undo)
        except stripe.InvalidRequestError as error:
            # The subscription may have ended meanwhile.
            node = await retrieve(wire, ref)
            if node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED:
                return False
            raise gateway_error(error) from None
    return True


async def _keep(wire: Wire, subscription: Node, undo: SubscriptionUpdateParams) -> None:
    """Undo the cancellation. If a schedule determines how the subscription ends, the schedule is released first."""
    service, ref = wire.client.v1.subscriptions, subscription.text("id") or ""
    try:
        await service.update_async(ref, undo)
    except stripe.InvalidRequestError:
        if subscription.ref("schedule") is None:
            raise
        await release(wire, subscription)
        await service.update_async(ref, undo)


async def release(wire: Wire, subscription: Node) -> None:
    """Release the subscription's schedule, if there is one. The subscription itself stays unchanged."""
    schedule = subscription.ref("schedule")
    if schedule is None:
        return
    try:
        await wire.client.v1.subscription_schedules.release_async(schedule)
    except stripe.InvalidRequestError:
        # The schedule may have been released automatically meanwhile.
        node = await retrieve(wire, subscription.text("id") or "")
        if node is not None and node.ref("schedule") is not None:
            raise


async def _cancel_at_end(wire: Wire, ref: str) -> None:
    """Cancel at the end of the period. The schedule of a planned change would block the cancellation and is no longer
    needed, so it is released.
    """
    service = wire.client.v1.subscriptions
    try:
        await service.update_async(ref, {"cancel_at_period_end": True})
    except stripe.InvalidRequestError:
        node = await retrieve(wire, ref)
        if node is None or node.ref("schedule") is None:
            raise
        await release(wire, node)
        await service.update_async(ref, {"cancel_at_period_end": True})


def _undo(subscription: Node) -> SubscriptionUpdateParams | None:
    """Return the update that undoes a cancellation; None if the subscription is not canceled. We cancel at the end of
    the period; the customer portal may cancel at a date.
    """
    if subscription.flag("cancel_at_period_end"):
        return {"cancel_at_period_end": False}
    return {"cancel_at": ""} if subscription.moment("cancel_at") is not None else None


async def retrieve(wire: Wire, ref: str) -> Node | None:
    """Return the subscription with its schedule, if any, and its last invoice; None if the subscription does
    not exist.
    """
    if not _is_ref(ref):
        return None
    try:
        subscription = await wire.client.v1.subscriptions.retrieve_async(ref, {"expand": [*EXPANSIONS]})
        return plain(subscription, "subscription")
    except stripe.InvalidRequestError as error:
        if error.code == MISSING_CODE:
            return None
        raise


def _is_ref(ref: str) -> bool:
    """Return True if a text is a subscription's id. Any other text would address another URL at Stripe."""
    return ref.startswith("sub_")


def period(subscription: Node) -> Period:
    """Return the current period: that of the item that ends last, or otherwise the period at the top level in the old
    format.
    """
    latest: Period = (None, None)
    for item in subscription.items("items"):
        end = item.moment("current_period_end")
        if end is not None and (latest[1] is None or end > latest[1]):
            latest = (item.moment("current_period_start"), end)
    if latest[1] is not None:
        return latest
    return subscription.moment("current_period_start"), subscription.moment("current_period_end")


def cancel_at(subscription: Node) -> datetime | None:
    """Return the date on which a subscription will end because of a cancellation; None if it was not canceled. The
    customer portal may set a date other than the end of the period.
    """
    if subscription.flag("cancel_at_period_end"):
        return subscription.moment("cancel_at") or period(subscription)[1]
    return subscription.moment("cancel_at")


def _ends_with_period(subscription: Node) -> bool:
    """Return True if no charge follows the current period. An end date may also be several periods later."""
    ends, end = cancel_at(subscription), period(subscription)[1]
    return bool(subscription.flag("cancel_at_period_end")) or (ends is not None and (end is None or ends <= end))


def subscription_updated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of any change: of the status or the plan, or a cancellation that was scheduled or undone."""
    return _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED)


def subscription_paused(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a paused subscription: its trial ended without a payment method, or someone paused it
    manually.
    """
    return _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_PAUSED)


def subscription_deleted(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Return the event of a subscription that ended at Stripe. The paid time remains."""
    event = _describe(base, subscription, PaymentEventKind.SUBSCRIPTION_CANCELED)
    if event.kind is not PaymentEventKind.SUBSCRIPTION_CANCELED:
        return event
    ended_at = subscription.moment("ended_at") or subscription.moment("canceled_at")
    return replace(event, final=True, cancel_at=ended_at, reason=subscription.text("cancellation_details", "reason"))


def snapshot(subscription: Node, fetched_at: datetime) -> SubscriptionSnapshot:
    """Create a snapshot of a fetched subscription. The caller has checked that the subscription has an id."""
    start, end = period(subscription)
    ends = cancel_at(subscription)
    raw = subscription.text("status")
    metadata, next_price = subscription.at("metadata"), _next_price(subscription.at("schedule"))
    return SubscriptionSnapshot(
        ref=subscription.text("id") or "",
        status=_status(subscription, raw),
        raw_status=raw or "",
        current_period_start=start,
        current_period_end=end,
        cancel_at_period_end=_ends_with_period(subscription),
        cancel_at=ends,
        customer_ref=subscription.ref("customer"),
        price_ref=subscription.ref(*PRICE),
        price=from_provider(subscription.number(*PRICE, "unit_amount"), subscription.text(*PRICE, "currency")),
        next_price_ref=next_price[0],
        next_price_at=next_price[1],
        order_id=metadata.text("order_id"),
        telegram_id=telegram_id(metadata),
        pause_until=_pause_until(subscription),
        charge_moved_to=_charge_moved_to(subscription),
        held=is_held(subscription),
        owed=_owed(subscription),
        waived=_is_waived(subscription),
        unsettled=_is_unsettled(subscription),
        fetched_at=fetched_at,
    )


def _owed(subscription: Node) -> Money | None:
    """Return the unpaid amount of the open invoice, or None if no charge has failed."""
    if provider_status(subscription.text("status")) is not ProviderStatus.PAST_DUE:
        return None
    invoice = subscription.at("latest_invoice")
    if invoice.text("status") != "open":
        return None
    return from_provider(invoice.number("amount_remaining"), invoice.text("currency"))


def _is_waived(subscription: Node) -> bool:
    """Return True if the seller voided the invoice of the current period after a charge was attempted. An invoice that
    is voided because collection is paused is never charged. An uncollectible invoice is still owed, and Stripe may mark
    it so automatically after the last retry.
    """
    invoice, is_paused = subscription.at("latest_invoice"), subscription.at("pause_collection").is_object
    is_voided = invoice.text("status") == "void" and (invoice.number("attempt_count") or 0) > 0
    return is_voided and not is_paused and subscription.text("status") == "active"


def _is_unsettled(subscription: Node) -> bool:
    """Return True if the invoice of the current period is unpaid although no charge was refused: it is a draft for
    about an hour, then the bank may take days to decide, as with SEPA
    (https://docs.stripe.com/payments/paymentintents/lifecycle), or the customer pays it by its due date. After a
    refusal, the subscription is past due. A draft without automatic collection is never charged. An invoice for the
    difference of a plan change is not that of the period.
    """
    invoice = subscription.at("latest_invoice")
    is_drawn_up = invoice.text("status") == "draft" and invoice.flag("auto_advance") is True
    is_unpaid = invoice.text("status") == "open" or is_drawn_up
    is_difference = invoice.text("billing_reason") == "subscription_update" and all(
        is_proration(line) for line in invoice.items("lines")
    )
    return subscription.text("status") == "active" and is_unpaid and not is_difference


def is_proration(line: Node) -> bool:
    """Return True if Stripe created the invoice line for a plan change."""
    paths = (("parent", "subscription_item_details"), ("parent", "invoice_item_details"), ())
    return any(line.flag(*path, "proration") for path in paths)


def has_ended(subscription: Node) -> bool:
    """Return True if Stripe reports a final status. Notes of ours about a pause, a hold or a postponed charge no longer
    apply then, although Stripe keeps them.
    """
    return STATUS.get(subscription.text("status") or "") is ProviderStatus.ENDED


def _status(subscription: Node, raw: str | None) -> ProviderStatus:
    if not_collected(subscription):
        return ProviderStatus.PAUSED
    # A paid subscription whose next charge was postponed has a trial at Stripe, but is not on trial.
    return ProviderStatus.ACTIVE if _charge_moved_to(subscription) is not None else provider_status(raw)


def _charge_moved_to(subscription: Node) -> datetime | None:
    """Return the date to which the charge is postponed, or None if it is not postponed, as in any other trial."""
    noted_end, end = (
        Node(Literal(subscription.text("metadata", CHARGE_MOVED) or "")).moment(),
        subscription.moment("trial_end"),
    )
    return end if subscription.text("status") == "trialing" and end == noted_end else None


def not_collected(subscription: Node) -> bool:
    """Return True if collection is, or was, paused for the current period, so that the period was not charged.

    Stripe keeps the status active. Time paid before runs to its end. If the customer's access is suspended by us, the
    result is False, because our own records are more precise than Stripe's.
    """
    is_paused = subscription.at("pause_collection").is_object and not is_held(subscription)
    is_paused = (is_paused or noted_pause(subscription) is not None) and not has_ended(subscription)
    return is_paused and subscription.text("latest_invoice", "status") in _FORGONE


def is_held(subscription: Node) -> bool:
    """Return True if collection is paused because the customer's access is suspended by us."""
    is_noted = subscription.text("metadata", HOLD_KEY) is not None and not has_ended(subscription)
    return is_noted and subscription.at("pause_collection").is_object


def _pause_until(subscription: Node) -> datetime | None:
    """Return the end of the paused period: the actual end during the pause, or the calculated end before the pause
    begins. None without a pause.
    """
    if has_ended(subscription):
        return None
    told_at = subscription.moment("pause_collection", "resumes_at") or noted_pause(subscription)
    if told_at is None or not not_collected(subscription):
        return told_at
    return charged_from(subscription, period(subscription)[1])


def renews_at(subscription: Node) -> datetime | None:
    """Return the end of the period that ends first among the items; None if Stripe states none. The next invoice is
    created then.
    """
    ends = [item.moment("current_period_end") for item in subscription.items("items")]
    return min((end for end in ends if end is not None), default=subscription.moment("current_period_end"))


def charged_from(subscription: Node, renewal: datetime | None) -> datetime | None:
    """Return the first renewal at or after `renewal` that is charged, or None while collection is paused without an
    end.

    An invoice created before collection resumes is not charged later
    (https://docs.stripe.com/billing/subscriptions/pause-payment).
    """
    pause = subscription.at("pause_collection")
    if renewal is None or subscription.text("status") == "paused":
        return None
    if not pause.is_object:
        return renewal
    resumes_at = pause.moment("resumes_at")
    interval, count = subscription.text(*_RECURS, "interval"), subscription.number(*_RECURS, "interval_count")
    if resumes_at is None or interval not in set(Interval) or not isinstance(count, int) or count < 1:
        return None
    calendar, first, turns = billing_calendar(subscription), renewal, 0
    while first < resumes_at:
        turns += 1
        first = renewal + calendar.length(renewal, Interval(interval), count * turns)
    return first


def billing_calendar(subscription: Node) -> Calendar:
    """Return the calendar of Stripe's billing periods: in UTC, counted from the day of the anchor
    (https://docs.stripe.com/billing/subscriptions/billing-cycle).
    """
    anchor = subscription.moment("billing_cycle_anchor")
    return Calendar(starts=[anchor] if anchor is not None else ())


def noted_pause(subscription: Node) -> datetime | None:
    """Return the end of the pause recorded in our metadata, or None after the next period has begun."""
    end, start = Node(Literal(subscription.text("metadata", PAUSED_UNTIL) or "")).moment(), period(subscription)[0]
    return end if end is not None and start is not None and start < end else None


def _next_price(schedule: Node) -> tuple[str | None, datetime | None]:
    """Return the scheduled price and its start, which are those of the phase after the current one; a pair of None if
    there is no such phase. The schedule must have been fetched too.
    """
    present = schedule.number("current_phase", "start_date")
    for phase in schedule.items("phases"):
        start = phase.number("start_date")
        if present is not None and start is not None and start > present:
            return phase.ref("items", 0, "price"), phase.moment("start_date")
    return None, None


def schedule_updated(base: PaymentEvent, schedule: Node) -> PaymentEvent:
    """Return the event of a schedule that was changed or released. The subscription must be fetched for details."""
    ref = schedule.ref("subscription") or schedule.text("released_subscription")
    if ref is None:
        return ignore(base, "a schedule without a subscription")
    return replace(base, kind=PaymentEventKind.SUBSCRIPTION_UPDATED, subscription_ref=ref)


def _describe(base: PaymentEvent, subscription: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = with_references(base, subscription.at("metadata"))
    ref = subscription.text("id")
    if ref is None:
        return incomplete(base, "id")
    start, end = period(subscription)
    return replace(
        base,
        kind=kind,
        subscription_ref=ref,
        customer_ref=subscription.ref("customer"),
        period_start=start,
        period_end=end,
        cancel_at=cancel_at(subscription),
        evidence=evidence(status=subscription.text("status"), price=subscription.ref("items", "data", 0, "price")),
    )


def provider_status(raw: str | None) -> ProviderStatus:
    """Return the provider-neutral status of a subscription. If Stripe's status is unknown, log it and
    return UNKNOWN.
    """
    status = STATUS.get(raw or "")
    if status is None:
        log.warning("stripe: subscription status %r is not known; it grants nothing new", raw)
        return ProviderStatus.UNKNOWN
    return status
