"""PayPal's implementation of the payment port, built from the other modules of this package."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    DisputeAnswer,
    DisputeDeadline,
    ManagePages,
    PaymentEvent,
    PaymentEventKind,
    PlanChangeRequest,
    PriceRequest,
    ProviderStatus,
    SubscriptionPage,
    SubscriptionSnapshot,
    WebhookEndpoint,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.paypal import (
    answers,
    checkout,
    pauses,
    payers,
    payments,
    plan_changes,
    prices,
    refunds,
    subscriptions,
)
from subscriptions.infrastructure.payments.paypal.activity import lacking_features
from subscriptions.infrastructure.payments.paypal.checkout import create_checkout, fetch_order
from subscriptions.infrastructure.payments.paypal.disputes import fetch_dispute
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.listing import Listing
from subscriptions.infrastructure.payments.paypal.references import is_subscription
from subscriptions.infrastructure.payments.paypal.settings import WEBHOOK_ID, PayPalSettings
from subscriptions.infrastructure.payments.paypal.translate import (
    complete_event,
    list_events,
    register_webhook,
    translate,
    webhook_endpoints,
)
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

if TYPE_CHECKING:
    from subscriptions.infrastructure.payments.paypal.verify import Verifier


class PayPalGateway:
    """PaymentGateway of one PayPal app. It also implements the port's optional protocols for its
    further capabilities.
    """

    def __init__(self, settings: PayPalSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings, clock)
        self._listing = Listing(self._wire, clock)

    @property
    def name(self) -> str:
        """Provider code, `paypal`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that the descriptor declares."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Create a subscription for a recurring plan, or an order for a single payment, which the buyer approves at
        PayPal.
        """
        return await create_checkout(self._wire, request)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the state of a checkout, with the event that its webhook would send; None if the checkout does not
        exist. If the order is approved, capture its payment first.
        """
        if is_subscription(session_ref):
            return await checkout.fetch_subscription_checkout(self._wire, self._base_event("subscription"), session_ref)
        return await fetch_order(self._wire, self._base_event("order", f"fetched:{session_ref}"), session_ref)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the payments of a subscription since `start`, the oldest first."""
        return await payments.fetch_payments(self._wire, self._base_event("transaction"), subscription_ref, start)

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """Return the event for the dispute's current status and outcome; None if the dispute does not exist, is
        unreadable or may not be read by the app.
        """
        return await fetch_dispute(self._wire, self._base_event("dispute"), dispute_key)

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """Return the deadline that PayPal states for the dispute; None if the dispute does not exist."""
        return await answers.dispute_deadline(self._wire, dispute_key)

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """Submit the evidence, with the document as a file. Return False if the dispute does not exist or no longer
        accepts evidence.
        """
        return await answers.submit_evidence(self._wire, dispute_key, answer)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the events that PayPal sent to webhooks, and events for the disputes and transactions
        of the account.
        """
        return await list_events(self._wire, self._clock.now(), start, end)

    async def lacking_features(self) -> Sequence[str]:
        """Return the features that the app lacks, by their names in the developer dashboard."""
        return await lacking_features(self._wire, self._clock.now())

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """Return the webhooks of the app."""
        return await webhook_endpoints(self._wire, self._settings.webhook_ids)

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """Register a webhook for the app. Return the setting to be saved, whose value is the webhook's id."""
        return {WEBHOOK_ID: await register_webhook(self._wire, address)}

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Cancel a subscription. PayPal cannot cancel at the period's end, so the subscription is then suspended with
        our own reason instead. Return True also if the subscription was already canceled.
        """
        return await subscriptions.cancel_subscription(self._wire, self._clock, ref, at_period_end=at_period_end)

    async def resume_subscription(self, ref: str) -> bool:
        """Undo a cancellation at the period's end. Return False if the subscription cannot be resumed."""
        return await subscriptions.resume_subscription(self._wire, self._clock, ref)

    async def pause_subscription(self, ref: str) -> bool:
        """Pause a subscription by a suspension with our reason. Return False if the subscription cannot be paused."""
        return await pauses.pause_subscription(self._wire, self._clock, ref)

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """Reactivate a paused subscription. Return False if the subscription is unknown or has ended. PayPal charges
        the subscription in the next cycle and cannot charge immediately.
        """
        return await pauses.end_pause(self._wire, self._clock, ref)

    async def pause_billing(self, ref: str) -> bool:
        """Pause billing by suspending the subscription, with a reason that marks it as a hold of access and not as a
        skipped month. Return False if the subscription is unknown, has ended, or has not started.
        """
        return await pauses.pause_billing(self._wire, self._clock, ref)

    async def release_charges(self, ref: str) -> bool:
        """Resume billing; cycles during the pause are not billed. Return False if the subscription is unknown or has
        ended.
        """
        return await pauses.release_charges(self._wire, self._clock, ref)

    async def ask_change(self, request: PlanChangeRequest) -> str | None:
        """Request a plan change as a revision. Return the URL at which the payer approves the change; None if the
        subscription cannot be changed. The new price applies from the next cycle.
        """
        return await plan_changes.ask_change(self._wire, self._clock, request)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return the current state of a subscription; None if the subscription does not exist."""
        return await subscriptions.fetch_subscription(self._wire, self._clock, ref)

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """Return a page of active and suspended subscriptions. Subscriptions for which PayPal's list lacks billing
        fields are omitted.
        """
        return await self._listing.page(cursor)

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """Return the URL of PayPal's page for the automatic payment, on which the payer can change the payment method;
        None if the subscription is unknown or has ended.

        PayPal has no page on which an outstanding amount can be paid; PayPal charges it automatically at the next
        attempt.
        """
        subscription_snapshot = await self.fetch_subscription(subscription_ref)
        if subscription_snapshot is None or subscription_snapshot.status is ProviderStatus.ENDED:
            return None
        return ManagePages(card=f"{self._settings.site}/myaccount/autopay/connect/{subscription_ref}")

    async def ensure_price(self, request: PriceRequest) -> str:
        """Return the PayPal billing plan of one of our plans. Repeated calls return the same billing plan."""
        return await prices.ensure_price(self._wire, request)

    async def find_price_fault(self, reference: str) -> str | None:
        """Return why PayPal would refuse a subscription to this billing plan; None if the plan is active. A plan that
        is paid once has only a product, which its orders do not need.
        """
        return await prices.find_fault(self._wire, reference)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund a payment by its sale or capture. Return False if the payment is unknown or the refund fails. The
        payer's id is not used.
        """
        return await refunds.refund_payment(self._wire, payment_key, amount, idempotency_key)

    async def payer_of(self, payment_key: str) -> str | None:
        """Return the id of the payer's PayPal account; None if the payer is unknown."""
        return await payers.payer_of(self._wire, payment_key)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return the event with PayPal's record of it, including the order and period of a charge and the payment of a
        reversal. If an order is approved, capture its payment.
        """
        return await complete_event(self._wire, self._base_event("transaction"), event)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify a webhook and translate it to an event."""
        body, transmission = await self._verifier.prove(request)
        return replace(translate(Node(body), request.received_at), transmission=transmission)

    @cached_property
    def _verifier(self) -> "Verifier":
        """Verifier of webhooks. The module is imported with the first webhook, because the import takes 8 MB."""
        module = import_module("subscriptions.infrastructure.payments.paypal.verify")
        verifier: Verifier = module.Verifier(self._settings, self._clock, self._wire)
        return verifier

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    def _base_event(self, what: str, key: str = "") -> PaymentEvent:
        """Return an event with the common fields of every fetched event."""
        return PaymentEvent(
            kind=PaymentEventKind.IGNORED,
            provider=PROVIDER,
            event_key=key,
            raw_type=what,
            occurred_at=self._clock.now(),
        )
