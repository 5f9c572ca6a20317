"""Stripe behind the payment port. The work is in the modules beside; here it is put together."""

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
    """One Stripe account as a PaymentGateway, with the port's smaller protocols for what it can do beyond that."""

    def __init__(self, settings: StripeSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings)

    @property
    def name(self) -> str:
        """`stripe`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All that the descriptor promises."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """A hosted page: mode `subscription` for a recurring plan, `payment` for a one-off one."""
        return await create_checkout(self._wire, self._clock, request)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """The session's state, with the fact its webhook would bring."""
        return await fetch_checkout(self._wire, self._clock, session_ref)

    async def expire_checkout(self, session_ref: str) -> bool:
        """Close a page before its time, so that nobody pays there."""
        return await expire_checkout(self._wire, session_ref)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """True also where it was canceled before; False for an unknown one."""
        return await subscriptions.cancel_subscription(self._wire, self._clock, ref, at_period_end=at_period_end)

    async def resume_subscription(self, ref: str) -> bool:
        """Take back a cancellation at period end, whoever asked for it."""
        return await subscriptions.resume_subscription(self._wire, self._clock, ref)

    async def pause_subscription(self, ref: str) -> bool:
        """By pausing its collection until shortly before the renewal after the next one."""
        return await pauses.pause_subscription(self._wire, self._clock, ref)

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """Collect again; at once with a new period where the one that runs is left out."""
        return await pauses.end_pause(self._wire, self._clock, ref, at_once=at_once)

    async def move_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        """By a trial until then."""
        return await charge_moves.move_charge(self._wire, self._clock, ref, charge_at, idempotency_key)

    async def hold_charges(self, ref: str) -> bool:
        """By pausing its collection until it is released."""
        return await pauses.hold_charges(self._wire, self._clock, ref)

    async def release_charges(self, ref: str) -> bool:
        """Collect again, from the next invoice on."""
        return await pauses.release_charges(self._wire, self._clock, ref)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """The subscription as it is now, with a preview of its next invoice."""
        return await upcoming.fetch_subscription(self._wire, self._clock, ref)

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """By its list, a hundred at once."""
        return await subscriptions.list_subscriptions(self._wire, self._clock, cursor)

    async def list_foreign(self, cursor: str | None) -> ForeignPage:
        """By the same list, with who pays."""
        return await foreign.list_foreign(self._wire, self._clock, cursor)

    async def take_over(self, ref: str, order_id: str, telegram_id: int) -> bool:
        """By its metadata."""
        return await foreign.take_over(self._wire, ref, order_id, telegram_id)

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """The customer portal, and the page of the invoice that is open."""
        return await manage_pages(self._wire, self._clock, subscription_ref, return_url=return_url, locale=locale)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """By its paid invoices."""
        return await fetch_payments(self._wire, subscription_ref, start)

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """By its status."""
        return await fetch_dispute(self._wire, self._clock, dispute_key)

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """As the bank set it."""
        return await answers.dispute_deadline(self._wire, dispute_key)

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """Upload the document and submit it with its fields."""
        return await answers.submit_evidence(self._wire, dispute_key, answer, idempotency_key)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """From the list of what its webhooks tell."""
        return await list_events(self._wire, start, end)

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """With state, version and age."""
        return await webhook_endpoints(self._wire)

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """An endpoint for the events in `EVENTS`."""
        return {SIGNING_KEY: await register_webhook(self._wire, address)}

    async def quote_change(self, request: PlanChangeRequest) -> Money | None:
        """By a preview of the invoice that the change would bring."""
        return await plan_changes.quote_change(self._wire, self._clock, request)

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        """At once with the difference charged, or by a schedule at the renewal."""
        return await plan_changes.change_plan(self._wire, self._clock, request)

    async def undo_change(self, subscription_ref: str) -> bool:
        """Let the schedule go."""
        return await plan_changes.undo_change(self._wire, self._clock, subscription_ref)

    async def ensure_price(self, request: PriceRequest) -> str:
        """The price object of a plan; repeating makes no second one."""
        return await prices.ensure_price(self._wire, request)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Give back a payment named by its invoice (`in_`) or payment intent (`pi_`)."""
        return await refunds.refund_payment(self._wire, payment_key, amount, idempotency_key)

    async def payer_of(self, payment_key: str) -> str | None:
        """The fingerprint of the card behind it."""
        return await payers.payer_of(self._wire, payment_key)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """What was told, as Stripe has it on record; which payment a refund or dispute is about."""
        return await refunds.complete_event(self._wire, await on_record(self._wire, event))

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Prove and translate. An event of the other mode than our key's is refused: test money buys nothing."""
        await prove(request, self._settings.webhook_secrets, self._clock)
        event = translate(Node(decode(request.body)), request.received_at)
        if event.livemode is not self._settings.livemode:
            ours = "live" if self._settings.livemode else "test"
            raise MalformedWebhook(PROVIDER, f"{event.event_key} is not of {ours} mode, which our key is for")
        return event

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
