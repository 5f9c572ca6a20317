"""Test kits for packages that extend Umbral by a payment gateway or a feature."""

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
