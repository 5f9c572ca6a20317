"""PayPal behind the payment port. The work is in the modules beside; here it is put together."""

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
    """One PayPal app as a PaymentGateway, with the port's smaller protocols for what it can do beyond that."""

    def __init__(self, settings: PayPalSettings, clock: Clock, capabilities: frozenset[Capability]) -> None:
        self._settings = settings
        self._clock = clock
        self._capabilities = capabilities
        self._wire = Wire(settings, clock)
        self._listing = Listing(self._wire, clock)

    @property
    def name(self) -> str:
        """`paypal`."""
        return PROVIDER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All that the descriptor promises."""
        return self._capabilities

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """A subscription to approve for a recurring plan, an order for a one-off one."""
        return await create_checkout(self._wire, request)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """What became of it, with the fact its webhook would bring. An approved order's money is taken here."""
        if is_subscription(session_ref):
            return await checkout.fetch_subscription_checkout(self._wire, self._base_event("subscription"), session_ref)
        return await fetch_order(self._wire, self._base_event("order", f"fetched:{session_ref}"), session_ref)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """What was charged for a subscription since then, the oldest first."""
        return await payments.fetch_payments(self._wire, self._base_event("transaction"), subscription_ref, start)

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """By its status and outcome."""
        return await fetch_dispute(self._wire, self._base_event("dispute"), dispute_key)

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """As the case says."""
        return await answers.dispute_deadline(self._wire, dispute_key)

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """With the document as a file of the call."""
        return await answers.submit_evidence(self._wire, dispute_key, answer)

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """From the list of what its webhooks tell, and from its own account's activity."""
        return await list_events(self._wire, self._clock.now(), start, end)

    async def lacking_features(self) -> Sequence[str]:
        """Of the app, by the names of the developer dashboard."""
        return await lacking_features(self._wire, self._clock.now())

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """Those of our app."""
        return await webhook_endpoints(self._wire, self._settings.webhook_ids)

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """For our app."""
        return {WEBHOOK_ID: await register_webhook(self._wire, address)}

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """At the period's end: suspended with a reason of ours. True also where it was canceled before."""
        return await subscriptions.cancel_subscription(self._wire, self._clock, ref, at_period_end=at_period_end)

    async def resume_subscription(self, ref: str) -> bool:
        """Take back a cancellation at period end."""
        return await subscriptions.resume_subscription(self._wire, self._clock, ref)

    async def pause_subscription(self, ref: str) -> bool:
        """By a suspension with a reason of ours."""
        return await pauses.pause_subscription(self._wire, self._clock, ref)

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """Activated again, it is charged with its next cycle; PayPal begins none at once."""
        return await pauses.end_pause(self._wire, self._clock, ref)

    async def hold_charges(self, ref: str) -> bool:
        """By a suspension with another reason of ours."""
        return await pauses.hold_charges(self._wire, self._clock, ref)

    async def release_charges(self, ref: str) -> bool:
        """Activated again; cycles that went by meanwhile are not billed."""
        return await pauses.release_charges(self._wire, self._clock, ref)

    async def ask_change(self, request: PlanChangeRequest) -> str | None:
        """By a revision, which the payer approves; it is charged from the next cycle on."""
        return await plan_changes.ask_change(self._wire, self._clock, request)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """The subscription as it is now."""
        return await subscriptions.fetch_subscription(self._wire, self._clock, ref)

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """Those that are charged or rest; left out are those of which the list does not say enough."""
        return await self._listing.page(cursor)

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """The payer's own page of the automatic payment, where its means is chosen. There is none on which what is owed
        is paid: PayPal takes it by itself at its next try.
        """
        subscription_snapshot = await self.fetch_subscription(subscription_ref)
        if subscription_snapshot is None or subscription_snapshot.status is ProviderStatus.ENDED:
            return None
        return ManagePages(card=f"{self._settings.site}/myaccount/autopay/connect/{subscription_ref}")

    async def ensure_price(self, request: PriceRequest) -> str:
        """The billing plan of a plan; repeating makes no second one."""
        return await prices.ensure_price(self._wire, request)

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Give back a payment named by its sale or capture; who paid need not be told."""
        return await refunds.refund_payment(self._wire, payment_key, amount, idempotency_key)

    async def payer_of(self, payment_key: str) -> str | None:
        """The id of the PayPal account behind it."""
        return await payers.payer_of(self._wire, payment_key)

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Say whose a charge is and for which period, and which payment a reversal is about; take an approved order's
        money.
        """
        return await complete_event(self._wire, self._base_event("transaction"), event)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Prove and translate."""
        body, transmission = await self._verifier.prove(request)
        return replace(translate(Node(body), request.received_at), transmission=transmission)

    @cached_property
    def _verifier(self) -> "Verifier":
        """Loaded with the first webhook: it takes 8 MB, which a process that hears none does without."""
        module = import_module("subscriptions.infrastructure.payments.paypal.verify")
        verifier: Verifier = module.Verifier(self._settings, self._clock, self._wire)
        return verifier

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    def _base_event(self, what: str, key: str = "") -> PaymentEvent:
        """What every fact has that was asked for just now."""
        return PaymentEvent(
            kind=PaymentEventKind.IGNORED,
            provider=PROVIDER,
            event_key=key,
            raw_type=what,
            occurred_at=self._clock.now(),
        )
