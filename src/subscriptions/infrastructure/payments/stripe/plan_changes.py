"""Plan changes of a subscription, either immediately with the difference charged, or at the renewal by a schedule."""

import logging
from typing import Final

import stripe
from stripe.params import (
    InvoiceCreatePreviewParams,
    InvoiceCreatePreviewParamsSubscriptionDetailsItem,
    SubscriptionScheduleUpdateParams,
    SubscriptionScheduleUpdateParamsPhase,
    SubscriptionScheduleUpdateParamsPhaseDiscount,
    SubscriptionScheduleUpdateParamsPhaseItem,
    SubscriptionUpdateParams,
)

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    PlanChangeRequest,
    ProviderStatus,
    UnreadableAnswer,
)
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER, translate_errors, unreadable
from subscriptions.infrastructure.payments.stripe.subscriptions import (
    COMING_PRICE,
    EARLIER_PRICE,
    period,
    release,
    retrieve,
    snapshot,
)
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain
from subscriptions.infrastructure.providers.reader import Node

log = logging.getLogger(__name__)

_ITEM: Final = ("items", "data", 0)


async def quote_change(wire: Wire, clock: Clock, request: PlanChangeRequest) -> Money | None:
    """Return the immediate charge of a change as Stripe calculates it: zero for a change at the renewal or to the same
    price. None if the subscription is unknown or has ended.
    """
    async with translate_errors():
        node = await _current(wire, clock, request.subscription_ref)
        if node is None:
            return None
        await _refuse_other_price(wire, request)
        nothing = Money(0, request.amount.currency)
        if request.at_renewal or node.ref(*_ITEM, "price") == request.price_ref:
            return nothing
        preview = plain(await wire.client.v1.invoices.create_preview_async(_preview(node, request)), "invoice")
    due = from_provider(preview.number("amount_due"), preview.text("currency"))
    if due is None:
        raise unreadable("invoice with an amount")
    return due


async def preview_renewal(wire: Wire, clock: Clock, request: PlanChangeRequest) -> Money | None:
    """Return the charge of the first renewal after a change. Return None if the subscription is unknown or has ended,
    or if the preview fails, which is logged.
    """
    async with translate_errors():
        node = await _current(wire, clock, request.subscription_ref)
        if node is None:
            return None
        try:
            invoice = await wire.client.v1.invoices.create_preview_async(_renewal_preview(node, request))
            preview = plain(invoice, "invoice")
        except (stripe.StripeError, UnreadableAnswer) as error:
            log.warning("stripe: the renewal of %s cannot be previewed: %s", request.subscription_ref, error)
            return None
    amount = preview.number("amount_due")
    return from_provider(max(amount, 0) if amount is not None else None, preview.text("currency"))


async def change_plan(wire: Wire, clock: Clock, request: PlanChangeRequest) -> bool:
    """Change the plan. Return True if the plan is changed or the change is scheduled, by this or an earlier call, and
    False if the subscription is unknown or has ended.

    If the bank refuses the charge, Stripe refuses the whole update (`error_if_incomplete`), so nothing is changed.
    """
    async with translate_errors():
        node = await _current(wire, clock, request.subscription_ref)
        if node is None:
            return False
        same = node.ref(*_ITEM, "price") == request.price_ref
        if same or not request.at_renewal:
            await release(wire, node)
        if same:
            return True
        await _refuse_other_price(wire, request)
        if request.at_renewal:
            await _settle_for_renewal(wire, node, request)
        else:
            await _update(wire, node, request)
    return True


async def undo_change(wire: Wire, clock: Clock, ref: str) -> bool:
    """Cancel a scheduled change. Return True if no change is scheduled any more, and False if the subscription is
    unknown or has ended.
    """
    async with translate_errors():
        node = await _current(wire, clock, ref)
        if node is None:
            return False
        await release(wire, node)
        if node.text("metadata", COMING_PRICE):
            await wire.client.v1.subscriptions.update_async(ref, {"metadata": {COMING_PRICE: ""}})
        earlier = node.text("metadata", EARLIER_PRICE)
        if earlier and snapshot(node, clock.now()).charge_moved_to is not None:
            # The change was to take effect with a postponed charge.
            params: SubscriptionUpdateParams = {
                "items": [{"id": node.text(*_ITEM, "id") or "", "price": earlier}],
                "proration_behavior": "none",
                "metadata": {EARLIER_PRICE: ""},
            }
            await wire.client.v1.subscriptions.update_async(ref, params)
    return True


async def _current(wire: Wire, clock: Clock, ref: str) -> Node | None:
    node = await retrieve(wire, ref)
    is_ended = node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED
    return None if is_ended else node


async def _refuse_other_price(wire: Wire, request: PlanChangeRequest) -> None:
    """Refuse a price object that does not match the plan's price, so that its price is never charged."""
    price = plain(await wire.client.v1.prices.retrieve_async(request.price_ref), "price")
    asked_amount = from_provider(price.number("unit_amount"), price.text("currency"))
    if asked_amount != request.amount:
        problem = f"the price object {request.price_ref} asks {asked_amount}, the plan {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")


def _preview(node: Node, request: PlanChangeRequest) -> InvoiceCreatePreviewParams:
    return {
        "subscription": request.subscription_ref,
        "subscription_details": {
            "items": [{"id": node.text(*_ITEM, "id") or "", "price": request.price_ref}],
            "proration_behavior": "always_invoice",
            "proration_date": int(request.as_of.timestamp()),
        },
    }


def _renewal_preview(node: Node, request: PlanChangeRequest) -> InvoiceCreatePreviewParams:
    """Return the parameters of the preview of the first renewal. A change at the renewal sets the quantity to one and
    removes further items, as the schedule does.
    """
    item: InvoiceCreatePreviewParamsSubscriptionDetailsItem = {
        "id": node.text(*_ITEM, "id") or "",
        "price": request.price_ref,
    }
    items = [item]
    if request.at_renewal:
        item["quantity"] = 1
        items += [{"id": each.text("id") or "", "deleted": True} for each in list(node.items("items"))[1:]]
    return {
        "subscription": request.subscription_ref,
        "subscription_details": {"items": items, "proration_behavior": "none"},
    }


async def _update(wire: Wire, node: Node, request: PlanChangeRequest) -> None:
    params: SubscriptionUpdateParams = {
        "items": [{"id": node.text(*_ITEM, "id") or "", "price": request.price_ref}],
        "proration_behavior": "always_invoice",
        "proration_date": int(request.as_of.timestamp()),
        "payment_behavior": "error_if_incomplete",
    }
    key = request.idempotency_key
    await wire.client.v1.subscriptions.update_async(request.subscription_ref, params, {"idempotency_key": key})


async def _settle_for_renewal(wire: Wire, node: Node, request: PlanChangeRequest) -> None:
    """Create a schedule of two phases: the current price to the end of the period, then the new price for one period.

    The schedule releases the subscription automatically afterwards. The current phase repeats everything that the
    subscription has, because Stripe removes what a phase does not name, and an undone change must not remove a
    discount.
    """
    schedules = wire.client.v1.subscription_schedules
    ref = node.ref("schedule") or await _ensure_schedule(wire, request.subscription_ref)
    await schedules.update_async(ref, _phases(node, request))


async def _ensure_schedule(wire: Wire, ref: str) -> str:
    """Return the subscription's schedule, creating it if missing.

    Stripe allows only one schedule per subscription, so a repetition needs no idempotency key. With a key, Stripe could
    return a schedule that was released meanwhile.
    """
    try:
        schedule = await wire.client.v1.subscription_schedules.create_async({"from_subscription": ref})
    except stripe.InvalidRequestError:
        # A concurrent call may have created the schedule.
        node = await retrieve(wire, ref)
        if node is None or (known_ref := node.ref("schedule")) is None:
            raise
        return known_ref
    return plain(schedule, "subscription schedule").text("id") or ""


def _phases(node: Node, request: PlanChangeRequest) -> SubscriptionScheduleUpdateParams:
    start, end = period(node)
    if start is None or end is None:
        raise unreadable("subscription with a period")
    present: SubscriptionScheduleUpdateParamsPhase = {
        "items": [_item(each) for each in node.items("items")],
        "start_date": int(start.timestamp()),
        "end_date": int(end.timestamp()),
        "proration_behavior": "none",
    }
    next_phase: SubscriptionScheduleUpdateParamsPhase = {
        "items": [{"price": request.price_ref, "quantity": 1}],
        "duration": {"interval": request.interval.value, "interval_count": request.interval_count},
        "proration_behavior": "none",
    }
    discounts: list[SubscriptionScheduleUpdateParamsPhaseDiscount] = [
        {"discount": ref} for each in node.items("discounts") if (ref := each.ref()) is not None
    ]
    if discounts:
        # Without them, a phase has only the discounts of Stripe's customer.
        present["discounts"] = next_phase["discounts"] = discounts
    return {"end_behavior": "release", "proration_behavior": "none", "phases": [present, next_phase]}


def _item(item: Node) -> SubscriptionScheduleUpdateParamsPhaseItem:
    """Return an item of a subscription as an item of a phase. An item that is billed by usage has no quantity."""
    quantity = item.number("quantity")
    price: SubscriptionScheduleUpdateParamsPhaseItem = {"price": item.ref("price") or ""}
    return price if quantity is None else {**price, "quantity": quantity}
