"""Stars behind the payment port. The work is in the modules beside; here it is put together."""

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
"""How long an event may be held up by a long list of transactions; what was read of it is kept for the next try."""
CATCHES_UP: Final = timedelta(minutes=10)
"""For how long after it was told something may not be on the list yet."""
RETRY_AFTER: Final = timedelta(seconds=10)
_MONEY: Final = frozenset([PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.REFUND])


class StarsGateway:
    """The product's bot as a PaymentGateway, with the port's smaller protocols for what it can do beyond that."""

    def __init__(self, settings: StarsSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings)
        self._checkouts = Checkouts(self._wire)
        self._transactions = Transactions(self._wire)

    @property
    def name(self) -> str:
        """`stars`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All that the descriptor promises."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """An invoice link; for a recurring plan one that Telegram renews every thirty days."""
        return await self._checkouts.create(request)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Telegram charges no more; what was paid for runs to its end, there is nothing more sudden."""
        return await edit_subscription(self._wire, ref, is_canceled=True)

    async def resume_subscription(self, ref: str) -> bool:
        """Take back a cancellation while the period runs."""
        return await edit_subscription(self._wire, ref, is_canceled=False)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Give a charge back to who paid it: all of it, and once, whatever the idempotency key."""
        return await refund_payment(self._wire, payment_key, amount, telegram_id)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """From the bot's own list of transactions."""
        return await self._transactions.payments(subscription_ref, start)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """From the same list: what was paid for orders of ours, and what was given back."""
        return await self._transactions.list_between(start, end)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """A payment or refund as it stands on the bot's list of transactions: the seal proves which process passed it
        on, and nothing of what it says. Raises GatewayRejected where Telegram has no such thing, GatewayUnavailable
        while it may still come to be listed. Of subscriptions that change Telegram answers no question.
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
        """Telegram answers no question about a subscription: what it told last must do."""
        return None

    def seal_update(self, update: Mapping[str, object], received_at: datetime) -> WebhookRequest | None:
        """Updates about Stars, sealed with a key that only the bot's owner has."""
        if not concerns(update):
            return None
        headers, body = seal(update, self._settings.token)
        return WebhookRequest(headers=headers, body=body, received_at=received_at)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Only what our own bot has sealed is believed."""
        return translate(prove(request, self._settings.token), request.received_at)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
