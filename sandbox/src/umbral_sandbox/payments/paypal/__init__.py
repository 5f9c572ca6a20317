"""Strict simulator of PayPal: REST, approval pages, signed webhooks and their certificates, and later events."""

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.paypal.simulator import PayPalSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> PayPalSimulator:
    """Create the simulator. This entry point of the group ``umbral.gateway_simulators`` is called once for
    each world.
    """
    return PayPalSimulator(world, deliveries)
