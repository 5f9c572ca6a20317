"""Kits for packages that bring a part of their own: what a payment gateway must be to fit in."""

from umbral.testing.gateways import (
    GATEWAYS,
    SIMULATORS,
    descriptor_faults,
    gateway_faults,
    gateways_without_simulator,
    webhook_faults,
)

__all__ = [
    "GATEWAYS",
    "SIMULATORS",
    "descriptor_faults",
    "gateway_faults",
    "gateways_without_simulator",
    "webhook_faults",
]
