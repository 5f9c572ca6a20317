"""The gateway that is looked at: what is installed, or what a test of the kit itself puts in its place."""

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
    """Nothing is changed."""


@dataclass(frozen=True)
class Subject:
    """A descriptor. arrange: what is done to the provider's world before anything is played. settings: besides those
    that the stand-in says anyway.
    """

    descriptor: GatewayDescriptor
    arrange: Callable[[World], None] = _as_it_is
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The provider's code."""
        return self.descriptor.code


def installed(code: str) -> Subject:
    """The gateway registered under this name. Raises Violated where there is none, or no stand-in of its provider."""
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
    """GatewayRegistry with this one provider."""

    descriptor: GatewayDescriptor
    gateway: PaymentGateway | None

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """The one."""
        return {self.descriptor.code: self.descriptor}

    def enabled_names(self) -> tuple[str, ...]:
        """The one, unless it is switched off."""
        return () if self.gateway is None else (self.descriptor.code,)

    def get(self, provider: str) -> PaymentGateway | None:
        """The one, by its code."""
        return self.gateway if provider == self.descriptor.code else None

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """None."""
        return {}

    def settings(self, provider: str) -> Sequence[SettingState]:
        """Not told here."""
        return ()

    def livemode(self, provider: str) -> bool | None:
        """Not told here."""
        return None
