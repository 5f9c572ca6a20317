"""Where a plan leads its customer: to the shared channel, or to one of their own."""

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def channel_for(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> Channel | None:
    """The channel the plan opens for them; None while there is none."""
    return await (uow.vip.channel() if plan.is_shared else uow.channels.personal_of(customer_id, plan.id))


async def way_of(
    uow: UnitOfWork, subscription: Subscription, plan: ServicePlan | None
) -> tuple[Channel | None, Access | None]:
    """The channel of a subscription, and its customer's access to it. plan: the subscription's own."""
    channel = await channel_for(uow, subscription.customer_id, plan) if plan is not None else None
    return channel, await uow.accesses.of(subscription.customer_id, channel.id) if channel is not None else None


async def leads_nowhere(uow: UnitOfWork, plan: ServicePlan) -> bool:
    """Whether the plan opens the shared channel and none is set up: nobody could get in."""
    return plan.is_shared and await uow.vip.channel() is None
