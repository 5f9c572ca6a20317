"""A payment provider for tests only, with settings named `TOY…`, and a factory that contains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    GatewayDescriptor,
    Misconfigured,
    PaymentEvent,
    PaymentGateway,
    SubscriptionSnapshot,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from tests.support.stripe import FakeClock


@dataclass
class ToySettings:
    """Settings of the test provider."""

    value: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Read the settings as a real provider does."""
        value = environ.get("TOY")
        if value == "bad":
            raise Misconfigured("TOY", "is bad; put good here", ("TOY_TOO", "is bad as well"))
        return None if value is None else cls(value)


class ModestSettings(ToySettings):
    """Settings that switch off the provider's recurring payments, so that the shop renews subscriptions itself."""

    @property
    def without(self) -> frozenset[Capability]:
        """The capabilities that the settings switch off."""
        return frozenset([Capability.RECURRING])


@dataclass
class ToyGateway:
    """A gateway that records when it is closed."""

    settings: ToySettings
    name: str = "toy"
    capabilities: frozenset[Capability] = frozenset()
    closed: list[str] = field(default_factory=list)

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        """Return a session with a fictional checkout URL."""
        return CheckoutSession(provider="toy", id="1", url="https://toy.example", expires_at=request.expires_at)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        """Return False, because there is no subscription."""
        return False

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Raise LookupError, because there are no webhooks."""
        raise LookupError

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        """Return None, because there is no subscription."""
        return None

    async def aclose(self) -> None:
        """Record that the gateway is closed. Raises RuntimeError if the settings' value is "breaks"."""
        self.closed.append(self.settings.value)
        if self.settings.value == "breaks":
            raise RuntimeError("cannot close")


def build(settings: ToySettings, clock: Clock) -> PaymentGateway:
    return ToyGateway(settings)


def without_library(settings: ToySettings, clock: Clock) -> PaymentGateway:
    raise ImportError("No module named 'toypay'")


def toy(code: str = "toy", load: object = build) -> GatewayDescriptor:
    assert callable(load)
    return GatewayDescriptor(
        code=code,
        label={"es": "Juguete", "en": "Toy"},
        speed={"es": "nunca", "en": "never"},
        capabilities=frozenset(),
        currencies=None,
        settings=ToySettings,
        load=load,
    )


def factory(given: Mapping[str, str], *descriptors: GatewayDescriptor) -> GatewayFactory:
    return GatewayFactory(given, FakeClock(), {each.code: each for each in descriptors})
