"""A strict stand-in for Stripe: REST, hosted checkout page, signed webhooks, and the life afterwards."""

from fastapi import APIRouter

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.stripe.simulator import StripeSimulator
from umbral_sandbox.world.world import World


def simulator(world: World, deliveries: Deliveries) -> StripeSimulator:
    """The entry point of the group ``umbral.gateway_simulators``; once for each world."""
    return StripeSimulator(world, deliveries)


def stripe_router(world: World) -> APIRouter:
    """The API and pages of the one account of ``world``."""
    return payments_of(world).simulators["stripe"].router()
