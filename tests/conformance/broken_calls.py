"""Stripe gateways that each make one mistake in their requests to the provider."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self
from uuid import uuid4

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    DisputeAnswer,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.conformance.broken_deliveries import Reading

SIGNATURE = "stripe-signature"
Kind = PaymentEventKind


class NeverOff(StripeSettings):
    """Settings that use invented values for missing ones, so that the gateway is never disabled."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        made_up = {"STRIPE_SECRET_KEY": "sk_test_x1", "STRIPE_WEBHOOK_SECRET": "whsec_x1"}
        return super().from_environ(made_up | {name: value for name, value in environ.items() if value.strip()})


class AlwaysActive(StripeGateway):
    """Gateway that reports every subscription as active."""

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        return found and replace(found, status=ProviderStatus.ACTIVE, cancel_at_period_end=False, cancel_at=None)


class PausesNothing(StripeGateway):
    """Gateway that reports a subscription as paused without pausing it."""

    async def pause_subscription(self, ref: str) -> bool:
        return True


class PutsNothingOff(StripeGateway):
    """Gateway that reports a postponed charge without postponing it."""

    async def reschedule_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        return True


class HoldsNothing(StripeGateway):
    """Gateway that reports a subscription's billing as paused without pausing it."""

    async def pause_billing(self, ref: str) -> bool:
        return True


class SendsNothing(StripeGateway):
    """Gateway that reports dispute evidence as submitted without submitting it."""

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        return True


class AgreesForThem(StripeGateway):
    """Gateway that completes a plan change that the payer has not approved."""

    async def ask_change(self, request: PlanChangeRequest) -> str | None:
        await self.change_plan(replace(request, at_renewal=True))
        return "https://pay.example/agree"


class ListsNothing(StripeGateway):
    """Gateway that lists no events."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        return ()


class ListsOnePage(StripeGateway):
    """Gateway that lists the first page only."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        return (await super().list_events(start, end))[-100:]


class FreshListKeys(StripeGateway):
    """Gateway that gives events new keys in each listing."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        return [replace(each, event_key=uuid4().hex) for each in await super().list_events(start, end)]


class ListsByAnotherName(StripeGateway):
    """Gateway that uses another key for listed payments than for their webhooks."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        return [
            replace(each, event_key=f"listed:{each.event_key}", raw_type="listed", payment_key=f"ch_{each.payment_key}")
            for each in await super().list_events(start, end)
            if each.kind is Kind.PAYMENT_COMPLETED
        ]


class CallsItWhole(StripeGateway):
    """Gateway that returns an empty list when the provider is unavailable."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        try:
            return await super().list_events(start, end)
        except GatewayUnavailable:
            return ()


class OnceOnly(StripeGateway):
    """Gateway that refuses to complete the same event a second time."""

    reported: frozenset[str] = frozenset()

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        if event.event_key in self.reported:
            raise GatewayRejected(self.name, "told before")
        self.reported |= {event.event_key}
        return await super().complete_event(event)


class NoIdempotency(StripeGateway):
    """Gateway that drops the idempotency key."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        return await super().create_checkout_session(replace(request, idempotency_key=uuid4().hex))

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        return await super().refund_payment(payment_key, amount, idempotency_key=uuid4().hex, telegram_id=telegram_id)


class CheapForEver(StripeGateway):
    """Gateway that applies the first period's discount to every period."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        if request.later is None:
            return await super().create_checkout_session(request)
        return await super().create_checkout_session(replace(request, later=None, price_ref=None))


class GivesUpForGood(StripeGateway):
    """Gateway that reports an outage as a refusal."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        try:
            return await super().create_checkout_session(request)
        except GatewayUnavailable as error:
            raise GatewayRejected(self.name, "refused") from error


class Patient(StripeGateway):
    """Gateway that waits without a timeout."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        while True:
            try:
                return await super().create_checkout_session(request)
            except GatewayUnavailable:
                await asyncio.sleep(1)


class AlwaysCanceled(StripeGateway):
    """Gateway that reports every cancellation as done."""

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        await super().cancel_subscription(ref, at_period_end=at_period_end)
        return True


class NeverCancels(StripeGateway):
    """Gateway that reports a cancellation without canceling the subscription."""

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        return True


class RefundsOfNothing(StripeGateway):
    """Gateway that omits the refunded payment from refund events."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        found = await super().complete_event(event)
        return replace(found, about_payment=None) if found.kind is Kind.REFUND else found


class NamelessSubscriptions(Reading):
    """Gateway that does not verify deliveries with the provider, and omits the order and the customer of a fetched
    subscription.
    """

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        return found and replace(found, order_id=None, telegram_id=None)


class UnknownIsActive(StripeGateway):
    """Gateway that maps an unknown status to active."""

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        unknown = found is not None and found.status is ProviderStatus.UNKNOWN
        return replace(found, status=ProviderStatus.ACTIVE) if found and unknown else found


class SignsInOften(StripeGateway):
    """Gateway that sends an additional request on every other lookup of a subscription."""

    calls = 0

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self.calls += 1
        if self.calls % 2:
            await self.fetch_checkout("cs_test_signing_in")
        return await super().fetch_subscription(ref)


class ChangesAtOnce(StripeGateway):
    """Gateway that changes a plan immediately instead of at renewal."""

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        return await super().change_plan(replace(request, at_renewal=False))


class LeavesOpen(StripeGateway):
    """Gateway that closes its connections only at the second call."""

    reported = False

    async def aclose(self) -> None:
        """Do nothing on the first call."""
        if self.reported:
            await super().aclose()
        self.reported = True
