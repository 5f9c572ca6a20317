"""Payment gateway for bank transfers. It makes no requests: the address of its payment page contains all data."""

import json
from datetime import datetime
from urllib.parse import urlencode

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    PaymentEvent,
    SubscriptionSnapshot,
    WebhookRequest,
)
from umbral_transfer import verify
from umbral_transfer.settings import TransferSettings
from umbral_transfer.translate import PROVIDER, translate


class TransferGateway:
    """Gateway of one bank account, whose transfers are confirmed by staff."""

    name = PROVIDER
    capabilities = frozenset({Capability.MANUAL})

    def __init__(self, settings: TransferSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Return a session whose page shows the bank account. The same idempotency key gives the same address, and
        therefore the same session.
        """
        asked = {
            "checkout": request.idempotency_key,
            "order": request.order_id,
            "minor": request.amount.minor,
            "currency": request.amount.currency,
        }
        return CheckoutSession(
            provider=PROVIDER,
            id=request.idempotency_key,
            url=f"{self._settings.page}?{urlencode(asked)}",
            expires_at=request.expires_at,
        )

    def seal_decision(
        self, session_ref: str, order_id: str, amount: Money, *, is_confirmed: bool, decided_at: datetime
    ) -> WebhookRequest:
        """Return a staff member's decision about a transfer as a signed webhook request, which every Umbral process
        accepts.

        is_confirmed: True if the money arrived.
        """
        word, at = ("confirmed" if is_confirmed else "refused"), int(decided_at.timestamp())
        said = {
            "id": f"{session_ref}:{word}",
            "type": f"transfer.{word}",
            "checkout": session_ref,
            "order": order_id,
            "minor": amount.minor,
            "currency": amount.currency,
            "at": at,
        }
        body = json.dumps(said).encode()
        headers = {verify.HEADER: verify.sealed(self._settings.secret, body, at)}
        return WebhookRequest(headers=headers, body=body, received_at=decided_at)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify the signature, and return the decision as an event. Raises InvalidSignature if the signature is wrong
        or old, and MalformedWebhook for an invalid body.
        """
        await verify.prove(PROVIDER, self._settings.secret, request, self._clock)
        return translate(request)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Return False, because a bank does not renew transfers."""
        return False

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return None, because a bank has no subscriptions."""
        return None

    async def aclose(self) -> None:
        """Do nothing, because no connection is open."""
