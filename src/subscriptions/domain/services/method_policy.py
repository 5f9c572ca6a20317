"""Policy that selects the payment methods to offer, and sorts them by the operator's preferences."""

from collections.abc import Iterable, Sequence

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry


def able(gateways: GatewayRegistry, capability: Capability) -> frozenset[str]:
    """Return the enabled providers that have a capability."""
    descriptors = gateways.descriptors()
    return frozenset(code for code in gateways.enabled_names() if capability in descriptors[code].capabilities)


def in_order(codes: Sequence[str], wishes: Iterable[PaymentMethod]) -> tuple[str, ...]:
    """Sort provider codes by the operator's positions. Codes without a position follow in their original order."""
    positions = {wish.provider: wish.position for wish in wishes}
    return tuple(sorted(codes, key=lambda code: (code not in positions, positions.get(code, 0), codes.index(code))))


def offered_methods(codes: Sequence[str], wishes: Sequence[PaymentMethod]) -> tuple[str, ...]:
    """Return the codes of the payment methods that the operator has not switched off, in the operator's order."""
    switched_off = {wish.provider for wish in wishes if not wish.enabled}
    return tuple(code for code in in_order(codes, wishes) if code not in switched_off)
