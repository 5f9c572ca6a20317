"""Strict simulator of Stripe: REST, hosted checkout page, signed webhooks, and later events."""

from fastapi import APIRouter

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.stripe.simulator import StripeSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> StripeSimulator:
    """Create the simulator. This entry point of the group ``umbral.gateway_simulators`` is called once for
    each world.
    """
    return StripeSimulator(world, deliveries)


def stripe_router(world: World) -> APIRouter:
    """Return the API and the pages of the only account of ``world``."""
    return payments_of(world).simulators["stripe"].router()
