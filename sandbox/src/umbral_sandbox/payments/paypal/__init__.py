"""A strict stand-in for PayPal: REST, approve pages, signed webhooks and their certificate, and the life afterwards."""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.paypal.simulator import PayPalSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> PayPalSimulator:
    """The entry point of the group ``umbral.gateway_simulators``; once for each world."""
    return PayPalSimulator(world, deliveries)
