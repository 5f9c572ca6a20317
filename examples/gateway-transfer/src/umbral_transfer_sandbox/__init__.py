"""Simulator of the bank and of the staff member who confirms transfers, for Umbral's sandbox. It is written
independently of the gateway.
"""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World
from umbral_transfer_sandbox.simulator import TransferSimulator


def simulator(world: World, deliveries: Deliveries) -> TransferSimulator:
    """Create the simulator. This entry point of the group `umbral.gateway_simulators` is called once for each world."""
    return TransferSimulator(world, deliveries)
