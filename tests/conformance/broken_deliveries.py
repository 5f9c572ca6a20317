"""Stripe gateways that each make one mistake when they parse webhook deliveries."""

from __future__ import annotations

import itertools
import json
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stripe import refunds
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.translate import translate
from subscriptions.infrastructure.payments.stripe.verify import decode, prove
from subscriptions.infrastructure.providers.reader import Node

SIGNATURE = "stripe-signature"
Kind = PaymentEventKind


class At:
    """A clock with a fixed time."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the fixed time."""
        return self._moment

    async def confirm(self) -> datetime:
        """Return the fixed time."""
        return self._moment


class Reading(StripeGateway):
    """Gateway that parses deliveries correctly but does not verify them with the provider. Subclasses introduce one
    error into the event.
    """

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        return self.spoilt(await super().parse_webhook(request), request)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        return await refunds.complete_event(self._wire, event)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        """Return the event with the error that the subclass introduces."""
        return event


class FloatAmounts(Reading):
    """Gateway that converts amounts by float division and loses the remainder."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        amount = event.amount and Money(event.amount.minor // 100, event.amount.currency)
        return replace(event, amount=amount)


class AnySignature(StripeGateway):
    """Gateway that accepts any well-formed signature."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if "v1=" in request.headers.get(SIGNATURE, ""):
            return translate(Node(decode(request.body)), request.received_at)
        return await super().parse_webhook(request)


class NoSignature(StripeGateway):
    """Gateway that checks the signature only if the delivery has a signature."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        if not request.headers.get(SIGNATURE):
            return translate(Node(decode(request.body)), request.received_at)
        return await super().parse_webhook(request)


class OneSecret(StripeGateway):
    """Gateway that accepts only the first of its secrets."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        await prove(request, self._settings.webhook_secrets[:1], self._clock)
        return await super().parse_webhook(request)


class Timeless(StripeGateway):
    """Gateway that ignores the signature's timestamp."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        seconds = request.headers.get(SIGNATURE, "").removeprefix("t=").split(",")[0]
        if not seconds.isdigit():
            return await super().parse_webhook(request)
        signed = datetime.fromtimestamp(int(seconds), UTC)
        await prove(request, self._settings.webhook_secrets, At(signed))
        return translate(Node(decode(request.body)), request.received_at)


class AsciiOnly(StripeGateway):
    """Gateway that fails on a non-ASCII signature."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        request.headers.get(SIGNATURE, "").encode("ascii")
        return await super().parse_webhook(request)


class ObjectsOnly(StripeGateway):
    """Gateway that assumes that every body is a JSON object."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        try:
            return await super().parse_webhook(request)
        except MalformedWebhook as error:
            raise AttributeError("list has no attribute get") from error


class KnownTypesOnly(Reading):
    """Gateway that refuses unknown event types."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is Kind.IGNORED and "unknown" in event.raw_type:
            raise MalformedWebhook(self.name, "unknown type")
        return event


class NeedsCurrency(Reading):
    """Gateway that requires a currency that may be missing."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        source = json.loads(request.body)["data"]["object"]
        return replace(event, evidence={**event.evidence, "currency": str(source["currency"])})


class Remembering(Reading):
    """Gateway that remembers the first checkout request of the last order."""

    last: CheckoutRequest | None = None

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        self.last = self.last if self.last and self.last.order_id == request.order_id else request
        return await super().create_checkout_session(request)


class GuessesOrder(Remembering):
    """Gateway that assigns every payment to the last checkout."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, order_id=self.last.order_id if self.last else None)


class FreshKeys(Reading):
    """Gateway that generates a new key for each delivery."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, event_key=uuid4().hex)


class KeyPerEvent(Reading):
    """Gateway that treats two events about one payment as two payments."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, payment_key=event.payment_key and event.event_key)


class GuessesPeriod(Reading):
    """Gateway that invents a period when the delivery has none."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is not Kind.PAYMENT_COMPLETED or event.period_end is not None:
            return event
        return replace(event, period_start=event.occurred_at, period_end=event.occurred_at + timedelta(days=10))


class NamelessRenewals(Reading):
    """Gateway that omits the order and the customer of a renewal."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, order_id=None, telegram_id=None) if event.is_renewal else event


class NoDisputes(Reading):
    """Gateway that ignores disputes."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, kind=Kind.IGNORED) if event.kind is Kind.DISPUTE_OPENED else event


class TwoDecimals(Reading):
    """Gateway that assumes two decimals for every currency."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        whole = event.amount is not None and event.amount.currency == "JPY"
        return replace(event, amount=Money(event.amount.minor * 100, "JPY")) if event.amount and whole else event


class ReportsTheRequest(Remembering):
    """Gateway that reports the first price of the order instead of the amount paid."""

    asked: Money | None = None

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        same = self.last is not None and self.last.order_id == request.order_id
        self.asked = self.asked if same else request.amount
        return await super().create_checkout_session(request)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, amount=event.amount and self.asked)


class AnyMode(StripeGateway):
    """Gateway that accepts test mode events in live mode."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        await prove(request, self._settings.webhook_secrets, self._clock)
        return translate(Node(decode(request.body)), request.received_at)


class Talkative(StripeGateway):
    """Gateway that logs the secret that did not match."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        try:
            return await super().parse_webhook(request)
        except InvalidSignature:
            secrets = [each.get_secret_value() for each in self._settings.webhook_secrets]
            logging.getLogger(__name__).warning("not signed with %s", secrets)
            raise


class LocalTime(Reading):
    """Gateway that returns timestamps without a time zone."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, occurred_at=event.occurred_at.replace(tzinfo=None))


class FetchesAnything(StripeGateway):
    """Broken gateway that downloads the signing certificate from any address that the webhook request names."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
            with suppress(httpx.HTTPError, httpx.InvalidURL):
                await client.get(request.headers.get("x-certificate", ""))
        return await super().parse_webhook(request)


class PaidTrials(Reading):
    """Gateway that counts free trials as payments."""

    _numbers = itertools.count(1)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is not Kind.SUBSCRIPTION_ACTIVATED:
            return event
        amount = Money(2999, "EUR")
        return replace(event, kind=Kind.PAYMENT_COMPLETED, payment_key=f"trial-{next(self._numbers)}", amount=amount)


class NewShapesOnly(Reading):
    """Gateway that reads only the newest payload format."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        body = json.loads(request.body)
        return replace(event, evidence={"version": body["api_version"]})
