"""Completion of a payment event with the provider's current data. No unit of work is open during the requests."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND, INQUIRY
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CompletesEvents,
    FetchesCheckouts,
    FetchesDisputes,
    FetchesPayments,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
    PaymentGateway,
    RefundsPayments,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.purchase import REVERSALS, Fact

_REPORTED_WITHIN: Final = timedelta(days=1)
"""Maximum time between a payment and the provider's event about it."""


class FetchEventDetails:
    """Use case that completes an event with the provider's current data."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, event: PaymentEvent) -> Fact:
        """Return the event with the provider's current data. Raises gateway errors, and RetryLater if the provider is
        not configured in this process.

        For a refund that staff recorded manually, no request is sent.
        """
        gateway = self._gateways.get(event.provider)
        is_by_hand = event.event_key.startswith(GIVEN_BY_HAND)
        if gateway is None and is_by_hand:
            return Fact(event=event, snapshot=None, now=max(self._clock.now(), event.occurred_at))
        if gateway is None:
            raise RetryLater(f"provider {event.provider} is not configured in this process")
        if isinstance(gateway, CompletesEvents) and not is_by_hand:
            event = await gateway.complete_event(event)
        event = await _as_it_is(gateway, event)
        if event.kind in REVERSALS and event.subscription_ref is None:
            event = replace(event, subscription_ref=await self._paid_for(event))
        event, is_unconfirmed = await _reduction(gateway, event)
        snapshot = await gateway.fetch_subscription(event.subscription_ref) if event.subscription_ref else None
        return Fact(
            event=await _with_period(gateway, event, snapshot),
            snapshot=snapshot,
            # The local clock may be slightly behind the provider's; an event is never applied before it happened.
            now=max(self._clock.now(), event.occurred_at),
            returns=isinstance(gateway, RefundsPayments),
            asked_first=Capability.IN_CHAT in gateway.capabilities,
            unknown=bool(event.subscription_ref) and snapshot is None and Capability.FETCH in gateway.capabilities,
            is_unconfirmed=is_unconfirmed,
        )

    async def _paid_for(self, event: PaymentEvent) -> str | None:
        """Return the provider's reference of the subscription that the refunded or disputed payment was for. Return
        None if there is none, and for a gift.
        """
        async with self._units() as uow:
            payment = await uow.payments.by_key(event.provider, event.about_payment) if event.about_payment else None
            subscription_id = payment.subscription_id if payment is not None else None
            subscription = await uow.subscriptions.get(subscription_id) if subscription_id is not None else None
            if subscription is not None and payment is not None and subscription.customer_id != payment.customer_id:
                # For a gift, the recipient's own subscription at the provider is unrelated to the payment.
                return None
        same = subscription is not None and subscription.provider == event.provider
        return subscription.provider_ref if subscription is not None and same else None


async def _as_it_is(gateway: PaymentGateway, event: PaymentEvent) -> PaymentEvent:
    """Return the event about a new dispute with the dispute's current status, so that a late event about a dispute that
    has already ended does not suspend access.
    """
    if event.kind is not PaymentEventKind.DISPUTE_OPENED or event.payment_key is None:
        return event
    present = await gateway.fetch_dispute(event.payment_key) if isinstance(gateway, FetchesDisputes) else None
    if present is not None and present.kind is PaymentEventKind.DISPUTE_CLOSED:
        return replace(event, kind=present.kind, reason=present.reason, final=True, occurred_at=present.occurred_at)
    if present is not None and event.reason == INQUIRY:
        return replace(event, reason=present.reason)
    return event


async def _reduction(gateway: PaymentGateway, event: PaymentEvent) -> tuple[PaymentEvent, bool]:
    """Return the event with the reduced amount of a charge as the provider reports it now. The second value is True if
    the provider does not confirm the reduction.

    A signed event alone does not prove that the customer owes nothing more.
    """
    if event.reduction is None or event.subscription_ref is None:
        return event, False
    start = event.occurred_at - _REPORTED_WITHIN
    payment_events = (
        await gateway.fetch_payments(event.subscription_ref, start) if isinstance(gateway, FetchesPayments) else ()
    )
    payment_event = next((each for each in payment_events if each.payment_key == event.payment_key), None)
    if payment_event is None:
        return event, True
    present = {
        name: getattr(payment_event, name) for name in ("amount", "regular", "reduction", "period_start", "period_end")
    }
    return replace(event, **present), False


async def _with_period(
    gateway: PaymentGateway, event: PaymentEvent, snapshot: SubscriptionSnapshot | None
) -> PaymentEvent:
    """Return a payment event with the period that the checkout reports, if neither the event nor the snapshot contains
    the period.
    """
    open_question = event.kind is PaymentEventKind.PAYMENT_COMPLETED and event.subscription_ref is not None
    if not open_question or event.checkout_ref is None or payment_policy.period_of(event, snapshot) is not None:
        return event
    state = await gateway.fetch_checkout(event.checkout_ref) if isinstance(gateway, FetchesCheckouts) else None
    payment_event = state.event if state is not None else None
    if payment_event is None or payment_event.payment_key != event.payment_key:
        return event
    return replace(event, period_start=payment_event.period_start, period_end=payment_event.period_end)
