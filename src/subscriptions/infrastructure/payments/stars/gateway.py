"""Stars' implementation of the payment port, built from the other modules of this package."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import ASKED_FOR
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
    SubscriptionSnapshot,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stars.checkout import Checkouts
from subscriptions.infrastructure.payments.stars.errors import NOT_ON_RECORD, PROVIDER
from subscriptions.infrastructure.payments.stars.payments import Transactions
from subscriptions.infrastructure.payments.stars.refunds import refund_payment
from subscriptions.infrastructure.payments.stars.settings import StarsSettings
from subscriptions.infrastructure.payments.stars.subscriptions import edit_subscription
from subscriptions.infrastructure.payments.stars.translate import concerns, translate
from subscriptions.infrastructure.payments.stars.verify import prove, seal
from subscriptions.infrastructure.payments.stars.wire import Wire

LOOKING_S: Final = 10.0
"""Maximum time in seconds for reading a long list of transactions for one event. The part that was read is kept for the
next attempt.
"""
CATCHES_UP: Final = timedelta(minutes=10)
"""Time after an event during which the list of transactions may still lack the event."""
RETRY_AFTER: Final = timedelta(seconds=10)
_MONEY: Final = frozenset([PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.REFUND])


class StarsGateway:
    """PaymentGateway of the installation's bot. It also implements the port's optional protocols for its further
    capabilities.
    """

    def __init__(self, settings: StarsSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings)
        self._checkouts = Checkouts(self._wire)
        self._transactions = Transactions(self._wire)

    @property
    def name(self) -> str:
        """Provider code, `stars`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that the descriptor declares."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Create an invoice link. For a recurring plan, the payment renews every thirty days."""
        return await self._checkouts.create(request)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Cancel future charges. Return False if the subscription is unknown or can no longer be changed. The paid
        period always continues to its end, because Telegram has no immediate cancellation.
        """
        return await edit_subscription(self._wire, ref, is_canceled=True)

    async def resume_subscription(self, ref: str) -> bool:
        """Undo a cancellation during the paid period. Return False if the subscription is unknown or can no longer be
        changed.
        """
        return await edit_subscription(self._wire, ref, is_canceled=False)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund a charge to its payer in full. Return False if the charge does not exist. A charge can be refunded
        only once, whatever the idempotency key.
        """
        return await refund_payment(self._wire, payment_key, amount, telegram_id)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the payments of a subscription, from the bot's list of transactions."""
        return await self._transactions.payments(subscription_ref, start)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the payments and refunds of our orders, from the bot's list of transactions."""
        return await self._transactions.list_between(start, end)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return a payment or refund as the bot's list of transactions states it.

        The update's signature only proves which process forwarded the update, not its content. Raises GatewayRejected
        if the transaction is not in the list, and GatewayUnavailable while it may still appear. Changes of
        subscriptions are returned unchanged, because Telegram has no query for them.
        """
        if event.kind not in _MONEY or event.event_key.startswith(ASKED_FOR):
            return event
        try:
            async with asyncio.timeout(LOOKING_S):
                payment_event = await self._transactions.on_record(event)
        except TimeoutError:
            raise GatewayUnavailable(PROVIDER, "the list of transactions is not read to its end yet") from None
        if payment_event is not None:
            return payment_event
        problem = f"{event.raw_type} {event.event_key} is on no list of Telegram's"
        if abs(self._clock.now() - event.occurred_at) <= CATCHES_UP:
            raise GatewayUnavailable(PROVIDER, problem, code=NOT_ON_RECORD, delay=RETRY_AFTER)
        raise GatewayRejected(PROVIDER, problem, code=NOT_ON_RECORD)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return None. Telegram has no query for a subscription, so the last update counts."""
        return None

    def seal_update(self, update: Mapping[str, object], received_at: datetime) -> WebhookRequest | None:
        """Sign an update about Stars, with a key derived from the bot's token. Return None for any other update."""
        if not concerns(update):
            return None
        headers, body = seal(update, self._settings.token)
        return WebhookRequest(headers=headers, body=body, received_at=received_at)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify and translate an update, which must be signed by our own bot's process."""
        return translate(prove(request, self._settings.token), request.received_at)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
