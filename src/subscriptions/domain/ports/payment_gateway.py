"""The port every payment provider stands behind: small, and free of any provider's words.

The shape follows what four very different providers have in common; what only some can do is declared as a
`Capability` and asked for through its own small protocol, never by a method that raises "not implemented".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, runtime_checkable

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.foreign_subscriptions import ForeignPage, ForeignSubscription
from subscriptions.domain.ports.payment_abilities import (
    AsksForChanges,
    ChangesPlans,
    CompletesEvents,
    ConfirmsByHand,
    ExpiresCheckouts,
    FetchesCheckouts,
    FetchesDisputes,
    FetchesPayments,
    HasPages,
    HoldsCharges,
    KnowsWebhooks,
    ListsEvents,
    ListsSubscriptions,
    MakesPrices,
    MovesCharges,
    NamesLackingFeatures,
    PausesSubscriptions,
    RefundsPayments,
    RegistersWebhooks,
    ResumesSubscriptions,
    TakesChatPayments,
    TakesEvidence,
    TakesOver,
)
from subscriptions.domain.ports.payment_errors import (
    ChargeDeclined,
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    Misconfigured,
    UnreadableAnswer,
    UntimelySignature,
)
from subscriptions.domain.ports.payment_facts import (
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

__all__ = [
    "AsksForChanges",
    "Capability",
    "ChangesPlans",
    "ChargeDeclined",
    "CheckoutRequest",
    "CheckoutSession",
    "CheckoutState",
    "CompletesEvents",
    "ConfirmsByHand",
    "DisputeAnswer",
    "DisputeDeadline",
    "Enrolment",
    "ExpiresCheckouts",
    "FetchesCheckouts",
    "FetchesDisputes",
    "FetchesPayments",
    "ForeignPage",
    "ForeignSubscription",
    "GatewayAuthError",
    "GatewayDescriptor",
    "GatewayError",
    "GatewayRegistry",
    "GatewayRejected",
    "GatewaySettings",
    "GatewayUnavailable",
    "HasPages",
    "HoldsCharges",
    "InvalidSignature",
    "KnowsLivemode",
    "KnowsWebhooks",
    "LimitsCapabilities",
    "ListsEvents",
    "ListsSubscriptions",
    "MakesPrices",
    "MalformedWebhook",
    "ManagePages",
    "Misconfigured",
    "MovesCharges",
    "NamesLackingFeatures",
    "PausesSubscriptions",
    "PaymentEvent",
    "PaymentEventKind",
    "PaymentGateway",
    "PlanChangeRequest",
    "PriceRequest",
    "ProviderStatus",
    "RefundsPayments",
    "RegistersWebhooks",
    "ResumesSubscriptions",
    "SettingState",
    "SubscriptionPage",
    "SubscriptionSnapshot",
    "TakesChatPayments",
    "TakesEvidence",
    "TakesOver",
    "UnreadableAnswer",
    "UntimelySignature",
    "WebhookEndpoint",
    "WebhookRequest",
]


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

        Raises InvalidSignature or MalformedWebhook, whatever the bytes are; UntimelySignature where nothing but its
        time is wrong: what was received at that time would be taken. Where the proof itself needs an answer of
        the provider's and there is none, GatewayUnavailable: a genuine delivery must not count as a forged one.
        """
        ...

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """The provider's present truth; None where it knows no such subscription."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class GatewaySettings(Protocol):
    """A provider's validated settings, read from the environment by the class in its own folder."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """None when no setting of this provider is present (it is disabled). Raises Misconfigured with the setting."""
        ...


@runtime_checkable
class KnowsLivemode(Protocol):
    """For settings of a provider that has a test mode, in which no money moves."""

    @property
    def livemode(self) -> bool:
        """False: test mode."""
        ...


@runtime_checkable
class LimitsCapabilities(Protocol):
    """For settings that leave some of what a provider can do switched off."""

    @property
    def without(self) -> frozenset[Capability]:
        """What is switched off."""
        ...


@dataclass(frozen=True, kw_only=True)
class SettingState:
    """One setting of a provider. is_given: something stands there. problem: what to put there instead, None: all
    well."""

    name: str
    is_given: bool
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an operator who begins with a provider has to give.

    asks: settings, in the order in which they are asked for. where: by language, where they are found. begins: how the
    first of them begins, where that alone tells whose it is. mistaken: how a key begins that is often given in its
    place, with what to say of it by language. pending: settings that `register_webhook` brings, with
    what stands there until it did, for the settings to be whole.
    """

    asks: tuple[str, ...]
    where: Mapping[str, str]
    begins: tuple[str, ...] = ()
    mistaken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)


def _any_amount(_: Money) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class GatewayDescriptor:
    """All the product knows of a provider without its library: what the entry point `umbral.payment_gateways` names.

    code: `[a-z0-9_]`, as in the database and the webhook's path. label, speed: the button's words by language.
    currencies: ISO codes it can charge, None = any. settings: the provider's settings class. load: imports the adapter
    and builds it from settings and the Clock port; raises ImportError where its library is not installed here.
    periods: by which it can charge again by itself, as interval and count, None = any; a plan that renews by another
    one is not offered there. charges: whether it can charge just that amount of such a currency: no less than it takes,
    no decimals it does not know; a promotion that leaves another amount does not count there. charges_again: whether it
    can charge that amount again and again by itself, where that has a limit of its own. enrolment: None where
    `umbral init` is not to offer it. name: as the operator's people know the provider; its code where left out.
    """

    code: str
    label: Mapping[str, str]
    speed: Mapping[str, str]
    capabilities: frozenset[Capability]
    currencies: frozenset[str] | None
    settings: type[GatewaySettings]
    load: Callable[[Any, Clock], PaymentGateway]
    periods: frozenset[tuple[Interval, int]] | None = None
    enrolment: Enrolment | None = None
    charges: Callable[[Money], bool] = _any_amount
    charges_again: Callable[[Money], bool] = _any_amount
    name: str = ""

    def takes(self, currency: str) -> bool:
        """Return True if the provider charges in a currency."""
        return self.currencies is None or currency in self.currencies

    def can_charge(self, price: Money, *, is_recurring: bool) -> bool:
        """Return True if the provider can charge a price. is_recurring: the plan renews, by itself where it can."""
        renews = is_recurring and Capability.RECURRING in self.capabilities
        return self.charges(price) and (not renews or self.charges_again(price))

    @property
    def list_name(self) -> str:
        """What lists of the operator's people name it."""
        return self.name or self.code.replace("_", " ").capitalize()


class GatewayRegistry(Protocol):
    """The providers of this process: all that are installed, and those that are configured."""

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Every installed provider by code, configured or not; a configured one without what is switched off."""
        ...

    def enabled_names(self) -> tuple[str, ...]:
        """Codes of the configured providers, in the operator's order."""
        ...

    def get(self, provider: str) -> PaymentGateway | None:
        """The configured gateway, None where unknown or disabled."""
        ...

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """By code: each setting that keeps a provider out, with what to put there. It is left out, the others sell."""
        ...

    def settings(self, provider: str) -> Sequence[SettingState]:
        """The settings of an installed provider, by name and never by value; empty where it is unknown."""
        ...

    def livemode(self, provider: str) -> bool | None:
        """Whether a configured provider moves real money; None where it has no test mode, or does not tell."""
        ...
