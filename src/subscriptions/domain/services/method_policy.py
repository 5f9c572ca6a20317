"""Which ways to pay are offered, and in which order: what is configured, as the operator wishes it."""

from collections.abc import Iterable, Sequence

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry


def able(gateways: GatewayRegistry, capability: Capability) -> frozenset[str]:
    """The providers in use that can do something."""
    descriptors = gateways.descriptors()
    return frozenset(code for code in gateways.enabled_names() if capability in descriptors[code].capabilities)


def in_order(codes: Sequence[str], wishes: Iterable[PaymentMethod]) -> tuple[str, ...]:
    """The codes by the operator's positions; those without one behind, in the order they came."""
    places = {wish.provider: wish.position for wish in wishes}
    return tuple(sorted(codes, key=lambda code: (code not in places, places.get(code, 0), codes.index(code))))


def offered_methods(codes: Sequence[str], wishes: Sequence[PaymentMethod]) -> tuple[str, ...]:
    """Those nobody switched off, in order."""
    switched_off = {wish.provider for wish in wishes if not wish.enabled}
    return tuple(code for code in in_order(codes, wishes) if code not in switched_off)
