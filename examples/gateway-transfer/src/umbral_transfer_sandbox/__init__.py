"""The bank and the person in front of it, for Umbral's sandbox. Written apart from the gateway."""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World
from umbral_transfer_sandbox.simulator import TransferSimulator


def simulator(world: World, deliveries: Deliveries) -> TransferSimulator:
    """The entry point of the group `umbral.gateway_simulators`; once for each world."""
    return TransferSimulator(world, deliveries)
