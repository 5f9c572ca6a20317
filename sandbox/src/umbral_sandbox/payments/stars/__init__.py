"""Telegram Stars as a payment provider of the control interface. Its API is the Bot API, and people pay in the chat."""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.stars.simulator import StarsSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> StarsSimulator:
    """Create the simulator, which sends no webhooks. Entry point of the group ``umbral.gateway_simulators``."""
    return StarsSimulator(world)
