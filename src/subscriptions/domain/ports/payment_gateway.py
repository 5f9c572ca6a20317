"""Port of payment providers: small and provider-neutral.

The port contains the methods that four very different providers have in common. Abilities of only some providers are
declared as a `Capability` and called through a separate small protocol, never through a method that raises "not
implemented".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self, runtime_checkable

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.foreign_subscriptions import ForeignPage, ForeignSubscription
from subscriptions.domain.ports.payment_abilities import (
    AsksForChanges,
    ChangesPlans,
    ChecksPrices,
    CompletesEvents,
    ConfirmsByHand,
    ExpiresCheckouts,
    FetchesCheckouts,
    FetchesDisputes,
    FetchesPayments,
    HasPages,
    KnowsWebhooks,
    ListsEvents,
    ListsSubscriptions,
    MakesPrices,
    MovesCharges,
    NamesLackingFeatures,
    PausesBilling,
    PausesSubscriptions,
    PreviewsChanges,
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
    "UNITS",
    "AsksForChanges",
    "Capability",
    "ChangesPlans",
    "ChargeDeclined",
    "CheckoutRequest",
    "CheckoutSession",
    "CheckoutState",
    "ChecksPrices",
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
    "PausesBilling",
    "PausesSubscriptions",
    "PaymentEvent",
    "PaymentEventKind",
    "PaymentGateway",
    "PlanChangeRequest",
    "PreviewsChanges",
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
    """Port to one configured provider. Methods may raise GatewayRejected and GatewayUnavailable, and no errors of the
    provider's library.
    """

    @property
    def name(self) -> str:
        """Provider's code, as used in the database and in the path of its webhooks."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities of the provider as configured."""
        ...

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Create a checkout. The same idempotency key returns the same checkout."""
        ...

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Stop further charges. Return True if the subscription is canceled or a cancellation is scheduled, by this or
        an earlier call. Return False if the subscription is unknown or cannot be canceled.
        """
        ...

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Verify the origin of the raw bytes and translate the delivery into an event. Uses no database.

        For invalid bytes of any kind, raise InvalidSignature or MalformedWebhook. Raise UntimelySignature if only the
        time is wrong, so that the delivery would be valid if it were received at the time in its signature. Raise
        GatewayUnavailable if the verification needs a response of the provider and there is none, so that a genuine
        delivery does not count as forged.
        """
        ...

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return the subscription's current state at the provider. Return None if the provider does not know the
        subscription.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections to the provider."""
        ...


class GatewaySettings(Protocol):
    """Validated settings of a provider, read from the environment by the class in the provider's folder."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Read the settings. Return None if no setting of this provider is present, so that the provider is disabled.
        Raise Misconfigured with the wrong settings.
        """
        ...


@runtime_checkable
class KnowsLivemode(Protocol):
    """Protocol for the settings of a provider with a test mode, in which no real money moves."""

    @property
    def livemode(self) -> bool:
        """True if real money is charged; False in test mode."""
        ...


@runtime_checkable
class LimitsCapabilities(Protocol):
    """Protocol for settings that can switch off some of a provider's capabilities."""

    @property
    def without(self) -> frozenset[Capability]:
        """Capabilities that are switched off."""
        ...


@dataclass(frozen=True, kw_only=True)
class SettingState:
    """State of one setting of a provider.

    is_given: True if the setting has a value
    problem: problem with its value, and the value to use; None if there is no problem
    """

    name: str
    is_given: bool
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """Description of how an operator sets up a provider.

    asks: settings, in the order of their prompts
    where: instructions for finding the values, keyed by language
    begins: prefixes of the first value, if they identify the provider
    mistaken: prefixes of keys that are often entered by mistake, with explanations keyed by language
    pending: settings that `register_webhook` returns, with placeholders that make the settings complete until then
    """

    asks: tuple[str, ...]
    where: Mapping[str, str]
    begins: tuple[str, ...] = ()
    mistaken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)


UNITS: Final = (1, 10, 100)
"""Possible smallest units of a provider's charges, in minor units of the currency. Some providers charge only whole
units, or only two of three decimals.
"""


def _any_amount(_: Money) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class GatewayDescriptor:
    """Description of a provider, which can be read without the provider's library. The entry point
    `umbral.payment_gateways` names this object.

    code: code of the provider (`[a-z0-9_]`), as used in the database and in the path of webhooks
    label, speed: texts of the payment button, keyed by language
    currencies: ISO codes of the currencies that the provider can charge; None for any
    settings: the provider's settings class
    load: function that imports the adapter and builds it from settings and the Clock port; raises ImportError if the
        provider's library is not installed
    periods: periods of renewals that the provider supports, as interval and count; None for any. A plan with another
        period is not offered with this provider
    charges: function that returns True if the provider can charge an amount: the amount is not below the minimum and
        has no unsupported decimals. A promotion that results in another amount does not apply with this provider
    charges_again: function that returns True if the provider can charge an amount in renewals, if a separate limit
        applies to renewals
    enrolment: setup by `umbral init`; None if it is not offered there
    name: display name for staff; the code if empty
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

    def unit_of(self, paid: Money) -> int:
        """Return the smallest unit in which the provider charges and refunds, in minor units of the currency. `paid`:
        amount that the provider has charged.
        """
        return next((unit for unit in UNITS if self.charges(paid + Money(unit, paid.currency))), 1)

    def can_charge(self, price: Money, *, is_recurring: bool) -> bool:
        """Return True if the provider can charge a price. `is_recurring`: True if the plan renews, automatically if the
        provider supports that.
        """
        renews = is_recurring and Capability.RECURRING in self.capabilities
        return self.charges(price) and (not renews or self.charges_again(price))

    @property
    def list_name(self) -> str:
        """Display name in lists for staff: `name`, or a name derived from the code."""
        return self.name or self.code.replace("_", " ").capitalize()


class GatewayRegistry(Protocol):
    """Payment providers of this process: all installed providers, and the configured providers among them."""

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Return the description of every installed provider, configured or not, keyed by code. The description of a
        configured provider omits capabilities that are switched off.
        """
        ...

    def enabled_names(self) -> tuple[str, ...]:
        """Return the codes of the configured providers, in the order chosen by the operator."""
        ...

    def get(self, provider: str) -> PaymentGateway | None:
        """Return the configured gateway; None if the provider is unknown or disabled."""
        ...

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return each setting that prevents a provider from loading, with the value to use, keyed by the provider's
        code. Such a provider is not offered; all other providers are offered.
        """
        ...

    def settings(self, provider: str) -> Sequence[SettingState]:
        """Return the names and states of an installed provider's settings, without their values; empty if the provider
        is unknown.
        """
        ...

    def livemode(self, provider: str) -> bool | None:
        """Return True if a configured provider moves real money, False in its test mode; None if it has no test mode or
        does not report it.
        """
        ...
