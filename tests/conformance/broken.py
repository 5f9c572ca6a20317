"""Gateways that do one thing wrong each, every one of them a Stripe gateway otherwise."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import uuid4

import httpx

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    GatewayRejected,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    ProviderStatus,
    SubscriptionSnapshot,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.payments.stripe.translate import translate
from subscriptions.infrastructure.payments.stripe.verify import decode, prove

SIGNATURE = "stripe-signature"
Kind = PaymentEventKind


class At:
    """A clock that always shows one moment."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """That moment."""
        return self._moment

    async def confirm(self) -> datetime:
        """The same."""
        return self._moment


class Reading(StripeGateway):
    """Reads right; subclasses spoil what was read."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        return self.spoilt(await super().parse_webhook(request), request)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        """What it makes of a good event."""
        return event


class FloatAmounts(Reading):
    """Divides by a hundred, and loses the rest."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        amount = event.amount and Money(event.amount.minor // 100, event.amount.currency)
        return replace(event, amount=amount)


class AnySignature(StripeGateway):
    """Takes whatever looks like a signature."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if "v1=" in request.headers.get(SIGNATURE, ""):
            return translate(Node(decode(request.body)), request.received_at)
        return await super().parse_webhook(request)


class NoSignature(StripeGateway):
    """Checks the signature where there is one."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if not request.headers.get(SIGNATURE):
            return translate(Node(decode(request.body)), request.received_at)
        return await super().parse_webhook(request)


class NeverOff(StripeSettings):
    """Makes up what it is not given."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        made_up = {"STRIPE_SECRET_KEY": "sk_test_x1", "STRIPE_WEBHOOK_SECRET": "whsec_x1"}
        return super().from_environ(made_up | {name: value for name, value in environ.items() if value.strip()})


class OneSecret(StripeGateway):
    """Knows the first of its secrets only."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        await prove(request, self._settings.webhook_secrets[:1], self._clock)
        return await super().parse_webhook(request)


class Timeless(StripeGateway):
    """Looks at the signature, never at its time."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        seconds = request.headers.get(SIGNATURE, "").removeprefix("t=").split(",")[0]
        if not seconds.isdigit():
            return await super().parse_webhook(request)
        signed = datetime.fromtimestamp(int(seconds), UTC)
        await prove(request, self._settings.webhook_secrets, At(signed))
        return translate(Node(decode(request.body)), request.received_at)


class AsciiOnly(StripeGateway):
    """Trips over a letter."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        request.headers.get(SIGNATURE, "").encode("ascii")
        return await super().parse_webhook(request)


class ObjectsOnly(StripeGateway):
    """Takes every body for an object."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        try:
            return await super().parse_webhook(request)
        except MalformedWebhook as error:
            raise AttributeError("list has no attribute get") from error


class KnownTypesOnly(Reading):
    """Refuses what it does not know."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is Kind.IGNORED and "unknown" in event.raw_type:
            raise MalformedWebhook(self.name, "unknown type")
        return event


class NeedsCurrency(Reading):
    """Relies on what may be missing."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        source = json.loads(request.body)["data"]["object"]
        return replace(event, evidence={**event.evidence, "currency": str(source["currency"])})


class Remembering(Reading):
    """Keeps what was asked for last."""

    last: CheckoutRequest | None = None

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        self.last = self.last if self.last and self.last.order_id == request.order_id else request
        return await super().create_checkout_session(request)


class GuessesOrder(Remembering):
    """Thinks that whoever pays has asked last."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, order_id=self.last.order_id if self.last else None)


class FreshKeys(Reading):
    """Names each delivery anew."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, event_key=uuid4().hex)


class KeyPerEvent(Reading):
    """Takes two events about one payment for two payments."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, payment_key=event.payment_key and event.event_key)


class GuessesPeriod(Reading):
    """Makes up a period where the delivery has none."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is not Kind.PAYMENT_COMPLETED or event.period_end is not None:
            return event
        return replace(event, period_start=event.occurred_at, period_end=event.occurred_at + timedelta(days=10))


class AlwaysActive(StripeGateway):
    """Believes that nothing ever ends."""

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        return found and replace(found, status=ProviderStatus.ACTIVE, cancel_at_period_end=False, cancel_at=None)


class NamelessRenewals(Reading):
    """Forgets whose renewal it is."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, order_id=None, telegram_id=None) if event.is_renewal else event


class OnceOnly(StripeGateway):
    """Tells each thing once, whatever became of it."""

    told: frozenset[str] = frozenset()

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        if event.event_key in self.told:
            raise GatewayRejected(self.name, "told before")
        self.told |= {event.event_key}
        return await super().complete_event(event)


class NoIdempotency(StripeGateway):
    """Forgets the key."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        return await super().create_checkout_session(replace(request, idempotency_key=uuid4().hex))

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        return await super().refund_payment(payment_key, amount, idempotency_key=uuid4().hex, telegram_id=telegram_id)


class GivesUpForGood(StripeGateway):
    """Takes an outage for a refusal."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        try:
            return await super().create_checkout_session(request)
        except GatewayUnavailable as error:
            raise GatewayRejected(self.name, "refused") from error


class Patient(StripeGateway):
    """Waits for ever."""

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        while True:
            try:
                return await super().create_checkout_session(request)
            except GatewayUnavailable:
                await asyncio.sleep(1)


class AlwaysCanceled(StripeGateway):
    """Says yes to everything."""

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        await super().cancel_subscription(ref, at_period_end=at_period_end)
        return True


class NeverCancels(StripeGateway):
    """Says that it is done."""

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        return True


class RefundsOfNothing(StripeGateway):
    """Does not say which payment went back."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        found = await super().complete_event(event)
        return replace(found, about_payment=None) if found.kind is Kind.REFUND else found


class NoDisputes(Reading):
    """Hears of no dispute."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, kind=Kind.IGNORED) if event.kind is Kind.DISPUTE_OPENED else event


class TwoDecimals(Reading):
    """Thinks that every currency has cents."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        whole = event.amount is not None and event.amount.currency == "JPY"
        return replace(event, amount=Money(event.amount.minor * 100, "JPY")) if event.amount and whole else event


class TellsWhatWasAsked(Remembering):
    """Reports the first price of the order, not the money that came."""

    asked: Money | None = None

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        same = self.last is not None and self.last.order_id == request.order_id
        self.asked = self.asked if same else request.amount
        return await super().create_checkout_session(request)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, amount=event.amount and self.asked)


class AnyMode(StripeGateway):
    """Test money is as good as any."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        await prove(request, self._settings.webhook_secrets, self._clock)
        return translate(Node(decode(request.body)), request.received_at)


class NamelessSubscriptions(StripeGateway):
    """Does not say whose subscription it is."""

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        return found and replace(found, order_id=None, telegram_id=None)


class Talkative(StripeGateway):
    """Logs the secret that did not fit."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        try:
            return await super().parse_webhook(request)
        except InvalidSignature:
            secrets = [each.get_secret_value() for each in self._settings.webhook_secrets]
            logging.getLogger(__name__).warning("not signed with %s", secrets)
            raise


class LocalTime(Reading):
    """Times without a zone."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, occurred_at=event.occurred_at.replace(tzinfo=None))


class UnknownIsActive(StripeGateway):
    """What it does not know is good."""

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        found = await super().fetch_subscription(ref)
        unknown = found is not None and found.status is ProviderStatus.UNKNOWN
        return replace(found, status=ProviderStatus.ACTIVE) if found and unknown else found


class SignsInOften(StripeGateway):
    """Asks something else first, every other time."""

    calls = 0

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self.calls += 1
        if self.calls % 2:
            await self.fetch_checkout("cs_test_signing_in")
        return await super().fetch_subscription(ref)


class FetchesAnything(StripeGateway):
    """Gets the certificate wherever the delivery says."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
            with suppress(httpx.HTTPError, httpx.InvalidURL):
                await client.get(request.headers.get("x-certificate", ""))
        return await super().parse_webhook(request)


class ChangesAtOnce(StripeGateway):
    """Cannot wait for the renewal."""

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        return await super().change_plan(replace(request, at_renewal=False))


class PaidTrials(Reading):
    """Counts what was given."""

    _numbers = itertools.count(1)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is not Kind.SUBSCRIPTION_ACTIVATED:
            return event
        amount = Money(2999, "EUR")
        return replace(event, kind=Kind.PAYMENT_COMPLETED, payment_key=f"trial-{next(self._numbers)}", amount=amount)


class LeavesOpen(StripeGateway):
    """Has to be told twice to close."""

    told = False

    async def aclose(self) -> None:
        """Nothing, at first."""
        if self.told:
            await super().aclose()
        self.told = True


class NewShapesOnly(Reading):
    """Has not seen an old delivery."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        body = json.loads(request.body)
        return replace(event, evidence={"version": body["api_version"]})
