"""Gateways that do one thing wrong in what they make of deliveries; Stripe gateways otherwise."""

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
    """Reads right, and believes what it read; subclasses spoil that."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        return self.spoilt(await super().parse_webhook(request), request)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        return await refunds.complete_event(self._wire, event)

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


class NamelessRenewals(Reading):
    """Forgets whose renewal it is."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        return replace(event, order_id=None, telegram_id=None) if event.is_renewal else event


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


class FetchesAnything(StripeGateway):
    """Gets the certificate wherever the delivery says."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
            with suppress(httpx.HTTPError, httpx.InvalidURL):
                await client.get(request.headers.get("x-certificate", ""))
        return await super().parse_webhook(request)


class PaidTrials(Reading):
    """Counts what was given."""

    _numbers = itertools.count(1)

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        if event.kind is not Kind.SUBSCRIPTION_ACTIVATED:
            return event
        amount = Money(2999, "EUR")
        return replace(event, kind=Kind.PAYMENT_COMPLETED, payment_key=f"trial-{next(self._numbers)}", amount=amount)


class NewShapesOnly(Reading):
    """Has not seen an old delivery."""

    def spoilt(self, event: PaymentEvent, request: WebhookRequest) -> PaymentEvent:
        body = json.loads(request.body)
        return replace(event, evidence={"version": body["api_version"]})
