"""Stripe's implementation of the payment port, built from the other modules of this package."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    DisputeAnswer,
    DisputeDeadline,
    ForeignPage,
    MalformedWebhook,
    ManagePages,
    PaymentEvent,
    PlanChangeRequest,
    PriceRequest,
    SubscriptionPage,
    SubscriptionSnapshot,
    WebhookEndpoint,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.stripe import (
    answers,
    charge_moves,
    foreign,
    pauses,
    payers,
    plan_changes,
    prices,
    refunds,
    subscriptions,
    upcoming,
)
from subscriptions.infrastructure.payments.stripe.checkout import create_checkout, expire_checkout, fetch_checkout
from subscriptions.infrastructure.payments.stripe.disputes import fetch_dispute
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER
from subscriptions.infrastructure.payments.stripe.pages import manage_pages
from subscriptions.infrastructure.payments.stripe.payments import fetch_payments
from subscriptions.infrastructure.payments.stripe.settings import SIGNING_KEY, StripeSettings
from subscriptions.infrastructure.payments.stripe.translate import (
    list_events,
    on_record,
    register_webhook,
    translate,
    webhook_endpoints,
)
from subscriptions.infrastructure.payments.stripe.verify import decode, prove
from subscriptions.infrastructure.payments.stripe.wire import Wire
from subscriptions.infrastructure.providers.reader import Node


class StripeGateway:
    """Payment gateway of one Stripe account. It implements `PaymentGateway` and the optional protocols for refunds,
    pauses, plan changes and other capabilities.
    """

    def __init__(self, settings: StripeSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings)

    @property
    def name(self) -> str:
        """Provider code, `stripe`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that the descriptor declares."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Create a hosted checkout: mode `subscription` for a recurring plan, `payment` for a single payment."""
        return await create_checkout(self._wire, self._clock, request)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the checkout's state, with the event that its webhook would send; None for an unknown checkout."""
        return await fetch_checkout(self._wire, self._clock, session_ref)

    async def expire_checkout(self, session_ref: str) -> bool:
        """Close a checkout early, so that it can no longer be paid. Return False if the checkout is paid or unknown."""
        return await expire_checkout(self._wire, session_ref)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Cancel a subscription. Return True also if it was already canceled, and False if it is unknown."""
        return await subscriptions.cancel_subscription(self._wire, self._clock, ref, at_period_end=at_period_end)

    async def resume_subscription(self, ref: str) -> bool:
        """Undo a cancellation at the end of the period, whether the customer or we requested the cancellation. Return
        False if the subscription has ended or is unknown.
        """
        return await subscriptions.resume_subscription(self._wire, self._clock, ref)

    async def pause_subscription(self, ref: str) -> bool:
        """Pause a subscription by pausing its collection. Return False if the subscription cannot be paused. Collection
        resumes shortly before the renewal after the next one.
        """
        return await pauses.pause_subscription(self._wire, self._clock, ref)

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """End a pause. Return False if the subscription is unknown or has ended. `at_once`: if the current period is
        paused, start a new period immediately.
        """
        return await pauses.end_pause(self._wire, self._clock, ref, at_once=at_once)

    async def reschedule_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        """Postpone the next charge by setting a trial. Return False if the charge cannot be postponed."""
        return await charge_moves.reschedule_charge(self._wire, self._clock, ref, charge_at, idempotency_key)

    async def pause_billing(self, ref: str) -> bool:
        """Pause billing by pausing the collection, without an end date. Return False if the subscription is unknown or
        has ended.
        """
        return await pauses.pause_billing(self._wire, self._clock, ref)

    async def release_charges(self, ref: str) -> bool:
        """Resume billing, beginning with the next invoice. Return False if the subscription is unknown or has ended."""
        return await pauses.release_charges(self._wire, self._clock, ref)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return the current state of a subscription; None if it does not exist. The next charge is taken from a
        preview of the next invoice.
        """
        return await upcoming.fetch_subscription(self._wire, self._clock, ref)

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """Return a page of up to a hundred subscriptions."""
        return await subscriptions.list_subscriptions(self._wire, self._clock, cursor)

    async def list_foreign(self, cursor: str | None) -> ForeignPage:
        """Return a page of subscriptions of all systems, with their payers."""
        return await foreign.list_foreign(self._wire, self._clock, cursor)

    async def take_over(self, ref: str, order_id: str, telegram_id: int) -> bool:
        """Take over another system's subscription by writing our references to its metadata. Return False if the
        subscription does not exist.
        """
        return await foreign.take_over(self._wire, ref, order_id, telegram_id)

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """Return the URLs of the customer portal and of the page of an open invoice; None if the subscription is
        unknown or has ended.
        """
        return await manage_pages(self._wire, self._clock, subscription_ref, return_url=return_url, locale=locale)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the payments of a subscription, which are its paid invoices."""
        return await fetch_payments(self._wire, subscription_ref, start)

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """Return the event for the dispute's current status; None if the dispute does not exist or the API key may not
        read disputes.
        """
        return await fetch_dispute(self._wire, self._clock, dispute_key)

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """Return the deadline that the bank has set for the dispute; None if the dispute does not exist."""
        return await answers.dispute_deadline(self._wire, dispute_key)

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """Upload the document and submit it with the text fields. Return False if the dispute does not exist or accepts
        no evidence.
        """
        return await answers.submit_evidence(self._wire, dispute_key, answer, idempotency_key)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the events of the time span, as Stripe sends them to webhooks."""
        return await list_events(self._wire, start, end)

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """Return the account's webhooks with their state, API version and age."""
        return await webhook_endpoints(self._wire)

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """Register a webhook for the events in `EVENTS`. Return the setting to be saved, whose value is the signing
        secret.
        """
        return {SIGNING_KEY: await register_webhook(self._wire, address)}

    async def quote_change(self, request: PlanChangeRequest) -> Money | None:
        """Return the immediate charge of a plan change, from a preview of its invoice; None if the subscription is
        unknown or has ended.
        """
        return await plan_changes.quote_change(self._wire, self._clock, request)

    async def preview_renewal(self, request: PlanChangeRequest) -> Money | None:
        """Return the charge of the first renewal after a plan change, from a preview of its invoice; None if the
        subscription is unknown or has ended, or if Stripe cannot preview the invoice.
        """
        return await plan_changes.preview_renewal(self._wire, self._clock, request)

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        """Change the plan immediately and charge the difference, or schedule the change for the renewal. Return False
        if the subscription is unknown or has ended.
        """
        return await plan_changes.change_plan(self._wire, self._clock, request)

    async def undo_change(self, subscription_ref: str) -> bool:
        """Cancel a scheduled plan change. Return False if the subscription is unknown or has ended."""
        return await plan_changes.undo_change(self._wire, self._clock, subscription_ref)

    async def ensure_price(self, request: PriceRequest) -> str:
        """Return the price object of a plan. Repeated calls return the same price object."""
        return await prices.ensure_price(self._wire, request)

    async def find_price_fault(self, reference: str) -> str | None:
        """Return why Stripe would refuse a checkout with this price; None if the price and its product are active."""
        return await prices.find_fault(self._wire, reference)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund a payment by its invoice (`in_`) or payment intent (`pi_`). Return False if the payment is unknown or
        the refund fails.
        """
        return await refunds.refund_payment(self._wire, payment_key, amount, idempotency_key)

    async def payer_of(self, payment_key: str) -> str | None:
        """Return the fingerprint of the card that made a payment; None if no card was used."""
        return await payers.payer_of(self._wire, payment_key)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return the event as Stripe has it on record, with the payment that a refund or dispute is about."""
        return await refunds.complete_event(self._wire, await on_record(self._wire, event))

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify a webhook and translate it to an event. An event in another mode than the API key's is refused,
        because test money must not buy anything.
        """
        await prove(request, self._settings.webhook_secrets, self._clock)
        event = translate(Node(decode(request.body)), request.received_at)
        if event.livemode is not self._settings.livemode:
            ours = "live" if self._settings.livemode else "test"
            raise MalformedWebhook(PROVIDER, f"{event.event_key} is not of {ours} mode, which our key is for")
        return event

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
