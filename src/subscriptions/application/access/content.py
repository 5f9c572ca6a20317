"""Content that the bot delivers: a customer with a live plan that includes it may request it any number of times."""

from collections.abc import Sequence
from datetime import datetime

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def opened_by(
    uow: UnitOfWork, customer_id: CustomerId, resource: Resource, policy: Policy, now: datetime
) -> Sequence[Subscription]:
    """Return the customer's subscriptions that currently include the content, oldest first. Paused and ended
    subscriptions are omitted.
    """
    entitled = []
    for subscription in await uow.of(VIP_KEY).live_subscriptions(customer_id, resource.soft_id):
        plan = await uow.plans.get(subscription.plan_id)
        if access_policy.lets_in(subscription, access_policy.grace_of(plan, policy.grace), now):
            entitled.append(subscription)
    return entitled


async def has_content(
    uow: UnitOfWork, customer_id: CustomerId, resource: Resource, policy: Policy, now: datetime
) -> bool:
    """Return True if the customer may receive the content now."""
    return bool(await opened_by(uow, customer_id, resource, policy, now))
