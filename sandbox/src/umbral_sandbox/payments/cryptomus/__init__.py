"""Strict simulator of Cryptomus: REST, hosted payment page, webhooks signed inside the body, recurring charges."""

from umbral_sandbox.payments.cryptomus.simulator import CryptomusSimulator
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> CryptomusSimulator:
    """Create the simulator. This entry point of the group ``umbral.gateway_simulators`` is called once for
    each world.
    """
    return CryptomusSimulator(world, deliveries)
