"""Cryptomus' implementation of the payment port, built from the other modules of this package."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    PaymentEvent,
    PaymentEventKind,
    SubscriptionPage,
    SubscriptionSnapshot,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.cryptomus import checkout, payments, subscriptions
from subscriptions.infrastructure.payments.cryptomus.checkout import create_recurrence
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER
from subscriptions.infrastructure.payments.cryptomus.references import RECURRENCE
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings
from subscriptions.infrastructure.payments.cryptomus.translate import list_events, translate
from subscriptions.infrastructure.payments.cryptomus.verify import prove, refuse_stranger
from subscriptions.infrastructure.payments.cryptomus.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


class CryptomusGateway:
    """PaymentGateway of one merchant.

    Existing subscriptions continue to be tracked if recurring payments are switched off.
    """

    def __init__(self, settings: CryptomusSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings)

    @property
    def name(self) -> str:
        """Provider code, `cryptomus`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that the settings enable."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Create an invoice, or a recurring payment for a renewing plan if recurring payments are enabled."""
        callback = self._settings.callback_url
        if request.interval is not None and Capability.RECURRING in self._capabilities:
            return await create_recurrence(self._wire, self._clock, request, callback)
        return await checkout.create_invoice(self._wire, self._clock, request, callback)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the state of an invoice, or of a recurring payment's first charge; None if there is no such object."""
        if session_ref.startswith(RECURRENCE):
            return await checkout.fetch_recurrence(self._wire, session_ref)
        if not _UUID.match(session_ref):
            return None
        return await checkout.fetch_invoice(self._wire, self._clock, session_ref)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Cancel a recurring payment immediately, for any value of `at_period_end`. Return False if there is no such
        payment. Our own records end the access at the end of the paid period.
        """
        return await subscriptions.cancel(self._wire, ref) if _UUID.match(ref) else False

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return the current state of a recurring payment; None if there is no such payment."""
        return await subscriptions.fetch_subscription(self._wire, self._clock, ref) if _UUID.match(ref) else None

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """Return a page of the recurring payments."""
        return await subscriptions.list_subscriptions(self._wire, self._clock, cursor)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the last charge of a recurring payment if it was made at or after `start`. The provider does not
        report earlier charges.
        """
        if not _UUID.match(subscription_ref):
            return []
        return await payments.fetch_payments(self._wire, subscription_ref, start)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the events of the invoices that changed in the time span."""
        return await list_events(self._wire, start, end)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return the event with the state that the provider's API reports, because the webhook's content is not
        trusted.
        """
        if event.kind is PaymentEventKind.IGNORED:
            return event
        if event.checkout_ref is not None and event.checkout_ref.startswith(RECURRENCE):
            return await payments.confirm_charge(self._wire, event)
        return await payments.confirm_invoice(self._wire, event)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify the signature and translate the webhook."""
        refuse_stranger(request, self._settings.allowed_ips)
        body = prove(request, self._settings.webhook_secrets)
        return translate(Node(body), request.received_at)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
