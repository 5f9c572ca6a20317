"""A strict stand-in for Cryptomus: REST, hosted payment page, webhooks signed inside the body, recurring charges."""

from umbral_sandbox.payments.cryptomus.simulator import CryptomusSimulator
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> CryptomusSimulator:
    """The entry point of the group ``umbral.gateway_simulators``; once for each world."""
    return CryptomusSimulator(world, deliveries)
