"""Stars among the providers of the control room: their API is the Bot API, their page the chat."""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.stars.simulator import StarsSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> StarsSimulator:
    """The entry point of the group ``umbral.gateway_simulators``; nothing is delivered by webhook."""
    return StarsSimulator(world)
