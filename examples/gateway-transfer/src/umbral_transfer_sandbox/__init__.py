"""Stand-in of the bank and of the person who confirms transfers, for Umbral's sandbox. Written independently of the
gateway.
"""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World
from umbral_transfer_sandbox.simulator import TransferSimulator


def simulator(world: World, deliveries: Deliveries) -> TransferSimulator:
    """Create the simulator; entry point of the group `umbral.gateway_simulators`, called once for each world."""
    return TransferSimulator(world, deliveries)
