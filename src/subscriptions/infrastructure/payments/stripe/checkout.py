"""Checkouts on Stripe's hosted payment pages. Functions here create, fetch and close checkouts and translate them to
events.
"""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Final

import stripe
from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsLineItem,
    SessionCreateParamsLineItemPriceData,
    SessionCreateParamsSubscriptionData,
)

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    GatewayRejected,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.services.vat import country_of
from subscriptions.infrastructure.payments.stripe.amounts import from_provider, to_provider
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, PROVIDER, translate_errors, unreadable
from subscriptions.infrastructure.payments.stripe.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.stripe.locales import checkout_locale
from subscriptions.infrastructure.payments.stripe.payments import paid_period
from subscriptions.infrastructure.payments.stripe.prices import coupon_for, ensure_coupon
from subscriptions.infrastructure.payments.stripe.references import with_references
from subscriptions.infrastructure.payments.stripe.subscriptions import Period, period
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain
from subscriptions.infrastructure.providers.reader import Node

# Stripe accepts expiries from 30 minutes to 24 hours after it receives the request, by its own clock.
_SHORTEST = timedelta(minutes=31)
_LONGEST = timedelta(hours=23, minutes=59)
_STEP: Final = 1800

_NAME_LIMIT: Final = 250
_DESCRIPTION_LIMIT: Final = 500

_PAYMENT_KINDS: Final = frozenset([PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED])


async def create_checkout(wire: Wire, clock: Clock, request: CheckoutRequest) -> CheckoutSession:
    """Create a checkout. The same idempotency key returns the same checkout."""
    try:
        params = session_params(request, automatic_tax=wire.automatic_tax)
        coupon = coupon_for(request)
    except InvalidInput as error:
        raise GatewayRejected(PROVIDER, error.problem, code="amount_invalid") from None
    async with translate_errors():
        if coupon is not None:
            await ensure_coupon(wire, coupon)
            params["discounts"] = [{"coupon": coupon.get("id", "")}]
        session = plain(await _create(wire, clock, params, request.idempotency_key), "checkout session")
    url = session.link("url")
    if url is None:
        raise unreadable("checkout session with an address")
    _refuse_other_price(session, request)
    return CheckoutSession(
        provider=PROVIDER,
        id=session.text("id") or "",
        url=url,
        expires_at=session.moment("expires_at") or request.expires_at,
        subscription_ref=session.ref("subscription"),
        customer_ref=session.ref("customer"),
    )


def session_params(request: CheckoutRequest, *, automatic_tax: bool = False) -> SessionCreateParams:
    """Return the parameters that create the session. Our references are set on the session and on the payment or
    subscription that it creates.
    """
    references = {
        "telegram_id": str(request.telegram_id),
        "plan": request.plan,
        "plan_id": request.plan_id,
        "order_id": request.order_id,
    }
    params: SessionCreateParams = {
        "mode": "payment" if request.interval is None else "subscription",
        "line_items": [_line_item(request)],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.order_id,
        "metadata": references,
        "locale": checkout_locale(request.locale),
        "expires_at": int(request.expires_at.timestamp()),
    }
    if request.customer_ref is not None:
        params["customer"] = request.customer_ref
    if automatic_tax:
        params["automatic_tax"] = {"enabled": True}
        if request.customer_ref is not None:
            # The tax depends on the customer's address, which the checkout asks for and stores.
            params["customer_update"] = {"address": "auto"}
    if request.interval is None:
        params["payment_intent_data"] = {"metadata": references}
        return params
    subscription: SessionCreateParamsSubscriptionData = {"metadata": references}
    if request.trial_days > 0:
        subscription["trial_period_days"] = request.trial_days
    if request.description.strip():
        subscription["description"] = request.description.strip()[:_DESCRIPTION_LIMIT]
    params["subscription_data"] = subscription
    return params


def _line_item(request: CheckoutRequest) -> SessionCreateParamsLineItem:
    if request.price_ref is not None:
        return {"price": request.price_ref, "quantity": 1}
    price: SessionCreateParamsLineItemPriceData = {
        "currency": request.amount.currency.lower(),
        "unit_amount": to_provider(request.amount),
        # The displayed price includes tax.
        "tax_behavior": "inclusive",
        "product_data": {"name": (request.description.strip() or request.plan)[:_NAME_LIMIT]},
    }
    if request.interval is not None:
        price["recurring"] = {"interval": request.interval.value, "interval_count": request.interval_count}
    return {"price_data": price, "quantity": 1}


async def _create(wire: Wire, clock: Clock, params: SessionCreateParams, key: str) -> object:
    """Create the session. If the expiry is no longer permitted or the customer was deleted, retry with corrected
    parameters.

    Each retry has its own idempotency key, because a key belongs to one set of parameters.
    """
    create = wire.client.v1.checkout.sessions.create_async
    for _ in range(2):
        try:
            return await create(params, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            if error.param == "expires_at":
                expires_at = _allowed_expiry(params["expires_at"], clock)
                params, key = {**params, "expires_at": expires_at}, f"{key}:{expires_at}"
            elif error.param == "customer" and error.code == MISSING_CODE and "customer" in params:
                params, key = _without_customer(params), f"{key}:no-customer"
            else:
                raise
    return await create(params, {"idempotency_key": key})


def _allowed_expiry(expiry: int, clock: Clock) -> int:
    """Return the nearest permitted expiry, rounded to half an hour so that a repeated call has the same parameters."""
    now = clock.now()
    earliest = math.ceil((now + _SHORTEST).timestamp() / _STEP) * _STEP
    latest = math.floor((now + _LONGEST).timestamp() / _STEP) * _STEP
    return min(max(expiry, earliest), latest)


def _without_customer(params: SessionCreateParams) -> SessionCreateParams:
    """Return the parameters without the customer, who was deleted at Stripe; the checkout creates a new one."""
    rest = params.copy()
    del rest["customer"]
    rest.pop("customer_update", None)
    return rest


def _refuse_other_price(session: Node, request: CheckoutRequest) -> None:
    """Refuse a price object that does not match the plan's price, before the customer can pay it."""
    asked_amount = from_provider(session.number("amount_total"), session.text("currency"))
    if request.trial_days == 0 and asked_amount is not None and asked_amount != request.amount:
        price = f"the price object {request.price_ref} of plan {request.plan}"
        problem = f"{price} asks {asked_amount}, the plan {request.amount}"
        raise GatewayRejected(PROVIDER, problem, code="price_mismatch")


async def fetch_checkout(wire: Wire, clock: Clock, ref: str) -> CheckoutState | None:
    """Return the state of a checkout, with the event that its webhook would send (same payment_key), or None if the
    checkout does not exist.
    """
    if not ref.startswith("cs_"):
        return None
    async with translate_errors():
        try:
            answer = await wire.client.v1.checkout.sessions.retrieve_async(ref, {"expand": ["invoice", "subscription"]})
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return None
            raise
    session = plain(answer, "checkout session")
    status = session.text("status")
    event = _fact(session, ref, clock) if status == "complete" else None
    is_pending = status == "complete" and session.text("payment_status") == "unpaid"
    return CheckoutState(paid=event is not None, expired=status == "expired", event=event, pending=is_pending)


async def expire_checkout(wire: Wire, ref: str) -> bool:
    """Close a checkout. Return True if it is closed, by this or an earlier call, and False if it is paid or unknown."""
    if not ref.startswith("cs_"):
        return False
    sessions = wire.client.v1.checkout.sessions
    async with translate_errors():
        try:
            node = plain(await sessions.expire_async(ref), "checkout session")
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return False
            # Only an open session can be closed; the session's status shows why this one cannot.
            node = plain(await sessions.retrieve_async(ref), "checkout session")
            if node.text("status") == "open":
                raise
    return node.text("status") == "expired"


def _fact(session: Node, ref: str, clock: Clock) -> PaymentEvent | None:
    paid_at = session.moment("invoice", "status_transitions", "paid_at")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"fetched:{ref}",
        raw_type="checkout.session",
        occurred_at=paid_at or clock.now(),
        livemode=session.flag("livemode"),
    )
    try:
        event = session_completed(base, session)
    except MalformedWebhook:
        raise unreadable("checkout session with a payment") from None
    return event if event.kind in _PAYMENT_KINDS else None


def session_completed(base: PaymentEvent, session: Node) -> PaymentEvent:
    """Return the event of a completed checkout. `payment_status` shows whether the checkout was paid."""
    status = session.text("payment_status")
    if status == "paid" and session.text("mode") != "setup":
        return session_paid(base, session)
    base = _refs(base, session)
    if session.text("mode") == "setup":
        return ignore(base, "a setup session moves no money")
    if status == "unpaid":
        return ignore(base, "the bank has not decided yet; an async_payment event follows")
    if status == "no_payment_required":
        start, end = _period(session)
        return replace(base, kind=PaymentEventKind.SUBSCRIPTION_ACTIVATED, period_start=start, period_end=end)
    return incomplete(base, "payment_status")


def session_paid(base: PaymentEvent, session: Node) -> PaymentEvent:
    """Return the payment event of a checkout that was paid immediately or after the bank's processing."""
    base = _refs(base, session)
    invoice, intent = session.ref("invoice"), session.ref("payment_intent")
    if session.text("mode") == "payment":
        key = intent
    elif invoice is None:
        # Old API versions do not name the invoice. An event here would count the payment twice.
        return ignore(base, "the session names no invoice; invoice.paid follows")
    else:
        key = invoice
    amount = from_provider(session.number("amount_total"), session.text("currency"))
    if key is None or amount is None:
        return incomplete(base, "payment, amount or currency")
    start, end = _period(session)
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        payment_key=key,
        amount=amount,
        tax=_tax(session),
        country=country_of(session.text("customer_details", "address", "country")),
        period_start=start,
        period_end=end,
        evidence=evidence(payment_intent=intent, invoice=invoice),
    )


def session_failed(base: PaymentEvent, session: Node) -> PaymentEvent:
    """Return the event of a delayed payment that the bank refused."""
    base = _refs(base, session)
    return replace(base, kind=PaymentEventKind.PAYMENT_FAILED, final=True, reason="the bank refused the payment")


def session_expired(base: PaymentEvent, session: Node) -> PaymentEvent:
    """Return the event of an unpaid checkout that expired or was closed by us."""
    return replace(_refs(base, session), kind=PaymentEventKind.CHECKOUT_EXPIRED)


def _refs(base: PaymentEvent, session: Node) -> PaymentEvent:
    event = with_references(base, session.at("metadata"))
    return replace(
        event,
        order_id=event.order_id or session.text("client_reference_id"),
        checkout_ref=session.text("id"),
        subscription_ref=session.ref("subscription"),
        customer_ref=session.ref("customer"),
    )


def _tax(session: Node) -> Money | None:
    if session.flag("automatic_tax", "enabled") is not True:
        return None
    return from_provider(session.number("total_details", "amount_tax"), session.text("currency"))


def _period(session: Node) -> Period:
    """Return the paid period, which is known only if the session's invoice or subscription is expanded."""
    periods = paid_period(session.at("invoice"))
    return periods if periods[1] is not None else period(session.at("subscription"))
