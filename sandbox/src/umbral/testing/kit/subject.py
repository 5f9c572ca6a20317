"""Gateway under test: an installed gateway, or a replacement supplied by a test of the kit itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayDescriptor,
    PaymentGateway,
    SettingState,
)
from umbral.testing.kit.behaviour import Violated
from umbral_sandbox.world.world import World

GATEWAYS: Final = "umbral.payment_gateways"
SIMULATORS: Final = "umbral.gateway_simulators"


def _as_it_is(world: World) -> None:
    """Leave the world unchanged."""


@dataclass(frozen=True)
class Subject:
    """Gateway under test, by its descriptor.

    arrange: function that changes the simulated world before the first behavior
    settings: additions to the settings that the simulator returns
    """

    descriptor: GatewayDescriptor
    arrange: Callable[[World], None] = _as_it_is
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Return the code of the provider."""
        return self.descriptor.code


def installed(code: str) -> Subject:
    """Return the gateway registered under this name. Raise Violated if the gateway, or a simulator of its provider, is
    missing.
    """
    found = next(iter(entry_points(group=GATEWAYS, name=code)), None)
    if found is None:
        raise Violated(f"no gateway {code!r} is registered under the entry point group {GATEWAYS}")
    if not entry_points(group=SIMULATORS, name=code):
        raise Violated(f"no stand-in {code!r} is registered under {SIMULATORS}: nothing can be held against it")
    descriptor = found.load()
    if not isinstance(descriptor, GatewayDescriptor):
        raise Violated(f"the entry point {code!r} of {GATEWAYS} names no GatewayDescriptor")
    return Subject(descriptor)


@dataclass
class OneGateway:
    """GatewayRegistry with a single provider."""

    descriptor: GatewayDescriptor
    gateway: PaymentGateway | None

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Return the descriptor, keyed by the provider's code."""
        return {self.descriptor.code: self.descriptor}

    def enabled_names(self) -> tuple[str, ...]:
        """Return the provider's code, or nothing if the provider is disabled."""
        return () if self.gateway is None else (self.descriptor.code,)

    def get(self, provider: str) -> PaymentGateway | None:
        """Return the gateway if the code matches, else None."""
        return self.gateway if provider == self.descriptor.code else None

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return an empty mapping, because the gateway is configured."""
        return {}

    def settings(self, provider: str) -> Sequence[SettingState]:
        """Return no settings, because tests do not need them."""
        return ()

    def livemode(self, provider: str) -> bool | None:
        """Return None, because tests do not need the mode."""
        return None
