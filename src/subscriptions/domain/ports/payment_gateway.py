"""The port every payment provider stands behind: small, and free of any provider's words.

The shape follows what four very different providers have in common; what only some can do is declared as a
`Capability` and asked for through its own small protocol, never by a method that raises "not implemented".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.errors import InvalidInput, Permanent, RetryLater, UmbralError
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock


class Capability(StrEnum):
    """What a provider can do beyond the port's essentials."""

    RECURRING = "recurring"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    RESUME = "resume"
    REFUND = "refund"
    FETCH = "fetch"
    PORTAL = "portal"
    CHANGE_PLAN = "change_plan"
    TRIAL = "trial"
    IN_CHAT = "in_chat"
    PRICE_OBJECTS = "price_objects"


class PaymentEventKind(StrEnum):
    """Provider-neutral facts. `ignored` is everything that does not concern us; it is never an error."""

    PAYMENT_COMPLETED = "payment_completed"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_ACTIVATED = "subscription_activated"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    SUBSCRIPTION_PAUSED = "subscription_paused"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    REFUND = "refund"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_CLOSED = "dispute_closed"
    CHECKOUT_EXPIRED = "checkout_expired"
    IGNORED = "ignored"


class ProviderStatus(StrEnum):
    """A subscription's state at the provider, in our words. `unknown` grants nothing new and is logged."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """What a provider needs to make one checkout.

    order_id: our reference, to come back in every event. telegram_id, plan: for the provider's metadata. price_ref: the
    plan's price object there, None where it has none. idempotency_key: repeating the call with it makes no second one.
    """

    order_id: str
    telegram_id: int
    plan: str
    description: str
    price_ref: str | None
    amount: Money
    interval: Interval | None
    interval_count: int
    trial_days: int
    success_url: str
    cancel_url: str
    customer_ref: str | None
    locale: str
    expires_at: datetime
    idempotency_key: str


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    """A place to pay. id: the provider's name of it. customer_ref: the provider's customer, if known already."""

    provider: str
    id: str
    url: str
    expires_at: datetime
    subscription_ref: str | None = None
    customer_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """A delivery exactly as it came: raw bytes, headers with lower-case names, and when (by the Clock port)."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    remote_ip: str | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentEvent:
    """A provider-neutral fact from a verified webhook or a poll.

    event_key: names the delivery, for the inbox. payment_key: names the money; two events about one payment carry
    the same (a refund or dispute has its own). about_payment: the payment_key of the payment that a refund or dispute
    is about, where the delivery tells it (see CompletesEvents). occurred_at: the provider's clock. amount: what was
    captured, or was asked for where that failed. period_start, period_end: the time paid for, None where nothing was
    added. livemode: as the provider says. final: no further attempt follows. evidence: the provider's own names, for a
    person to look things up, never to decide by. reason: free text, but for these words: payment_failed
    `authentication` (the customer must confirm at the bank); refund `reversed` (it failed, the money is ours again);
    dispute_opened `inquiry` (no money has moved); dispute_closed `won`, `lost`, `inquiry` (closed without either).
    """

    kind: PaymentEventKind
    provider: str
    event_key: str
    raw_type: str
    occurred_at: datetime
    livemode: bool | None = None
    payment_key: str | None = None
    about_payment: str | None = None
    subscription_ref: str | None = None
    checkout_ref: str | None = None
    customer_ref: str | None = None
    order_id: str | None = None
    telegram_id: int | None = None
    amount: Money | None = None
    amount_refunded: Money | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    reason: str | None = None
    final: bool = False
    is_renewal: bool = False
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SubscriptionSnapshot:
    """A subscription's present state at the provider, fetched at `fetched_at` (by the Clock port)."""

    ref: str
    status: ProviderStatus
    raw_status: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None = None
    customer_ref: str | None = None
    price_ref: str | None = None
    order_id: str | None = None
    telegram_id: int | None = None
    fetched_at: datetime


class GatewayError(UmbralError):
    """Base of what a gateway may raise; messages hold no secret, no card, no body. provider: its code."""

    def __init__(self, provider: str, message: str, *, code: str | None = None) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.code = code


class InvalidSignature(GatewayError):
    """The delivery cannot be proven to come from the provider."""


class MalformedWebhook(GatewayError):
    """The delivery is proven, or cannot even be tried, and makes no sense."""


class GatewayRejected(GatewayError, Permanent):
    """The provider said no, for good (4xx)."""


class GatewayAuthError(GatewayRejected):
    """The provider does not accept our credentials."""


class GatewayUnavailable(GatewayError, RetryLater):
    """The provider could not be reached or is overloaded (timeout, 429, 5xx). after: how long it asked us to wait."""

    def __init__(self, provider: str, message: str, *, code: str | None = None, after: timedelta | None = None) -> None:
        GatewayError.__init__(self, provider, message, code=code)
        self.after = after


class Misconfigured(InvalidInput):
    """A provider's settings are incomplete or wrong.

    problems: each setting with what to put there, all that were found; field and problem are the first of them.
    """

    def __init__(self, field: str, problem: str, *more: tuple[str, str]) -> None:
        super().__init__(field, problem)
        self.problems = ((field, problem), *more)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {problem}" for field, problem in self.problems)


class PaymentGateway(Protocol):
    """One provider, configured. Methods may raise GatewayRejected and GatewayUnavailable, nothing else of its own."""

    @property
    def name(self) -> str:
        """The provider's code, e.g. as it stands in the database and in the webhook's path."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this provider can do as configured."""
        ...

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Make a place to pay; the same idempotency key gives the same one."""
        ...

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Stop further charges. True: canceled now, scheduled, or already so. False: unknown or not cancellable."""
        ...

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Prove the origin on the raw bytes and translate. Touches no database.

        Raises InvalidSignature or MalformedWebhook, and no other exception whatever the bytes are.
        """
        ...

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """The provider's present truth; None where it knows no such subscription."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


@runtime_checkable
class ResumesSubscriptions(Protocol):
    """Capability.RESUME: a cancellation at period end can be taken back."""

    async def resume_subscription(self, ref: str) -> bool:
        """True: it renews again. False: too late, or unknown."""
        ...


@dataclass(frozen=True, kw_only=True)
class CheckoutState:
    """What became of a checkout. event: the capture or activation as a fact to apply, None while nothing was paid."""

    paid: bool
    expired: bool
    event: PaymentEvent | None


@runtime_checkable
class FetchesCheckouts(Protocol):
    """Capability.FETCH for checkouts: an open order can be asked about without a webhook."""

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """The checkout's present state; None where the provider knows no such one."""
        ...


@dataclass(frozen=True, kw_only=True)
class PriceRequest:
    """A plan as the provider should know it. plan: soft_id, the key that makes repeating harmless."""

    plan: str
    name: str
    description: str
    amount: Money
    recurring: bool
    interval: Interval | None
    interval_count: int


@runtime_checkable
class MakesPrices(Protocol):
    """Capability.PRICE_OBJECTS: the provider keeps a price object per plan."""

    async def ensure_price(self, request: PriceRequest) -> str:
        """The reference of the price object for exactly this plan and amount, made if there is none."""
        ...


@runtime_checkable
class RefundsPayments(Protocol):
    """Capability.REFUND."""

    async def refund_payment(self, payment_key: str, amount: Money | None, *, idempotency_key: str) -> bool:
        """Give money back, all of it when amount is None. True: done, under way, or done before."""
        ...


@runtime_checkable
class CompletesEvents(Protocol):
    """For providers whose refunds and disputes do not say which of our payments they are about."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """The event with about_payment and our references filled in as far as the provider knows them; asks it, so not
        for use while a delivery waits for its answer. An event that lacks nothing comes back as it is."""
        ...


class GatewaySettings(Protocol):
    """A provider's validated settings, read from the environment by the class in its own folder."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when no setting of this provider is present (it is disabled). Raises Misconfigured with the setting."""
        ...


@dataclass(frozen=True, kw_only=True)
class GatewayDescriptor:
    """All the product knows of a provider without its library: what the entry point `umbral.payment_gateways` names.

    code: `[a-z0-9_]`, as in the database and the webhook's path. label, speed: the button's words by language.
    currencies: ISO codes it can charge, None = any. settings: the provider's settings class. load: imports the adapter
    and builds it from settings and the Clock port; raises ImportError where its library is not installed here.
    """

    code: str
    label: Mapping[str, str]
    speed: Mapping[str, str]
    capabilities: frozenset[Capability]
    currencies: frozenset[str] | None
    settings: type[GatewaySettings]
    load: Callable[[Any, Clock], PaymentGateway]


class GatewayRegistry(Protocol):
    """The providers of this process: all that are installed, and those that are configured."""

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Every installed provider by code, configured or not."""
        ...

    def enabled(self) -> tuple[str, ...]:
        """Codes of the configured providers, in the operator's order."""
        ...

    def get(self, provider: str) -> PaymentGateway | None:
        """The configured gateway, None where unknown or disabled."""
        ...
