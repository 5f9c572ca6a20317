"""From a subscription to a right: the channel and the access that follow from it."""

from datetime import datetime

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, provisioning_service


class Granting:
    """Keeps channels and accesses in step with what the ledger gives."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def recount(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Bring the cached end of access to what the ledger says, and the access with it."""
        entries = await uow.ledger.of_subscription(subscription.id)
        subscription.access_until = ledger.access_until(entries)

    async def grant(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Let the customer in, or leave them in, for as long as their live subscriptions say."""
        channel = await self._channel(uow, subscription, customer, plan, now)
        access = await uow.accesses.of(customer.id, channel.id, lock=True)
        if access is None:
            access = Access.request(customer.id, channel.id, now)
        else:
            access.grant()
        access.ends_at = access_policy.ends_at([subscription])
        await uow.accesses.save(access)

    async def _channel(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> Channel:
        if plan.access is not AccessKind.PERSONAL_CHANNEL:
            raise Permanent(f"plan {plan.soft_id} opens a channel that is not configured")
        channel = await uow.channels.personal_of(customer.id, plan.id)
        if channel is None:
            title = provisioning_service.channel_title(self._policy.channel_title, self._policy.brand, plan, customer)
            channel = Channel.plan_personal(customer.id, plan.id, subscription.id, title, now)
            await uow.channels.add_if_new(channel)
        elif channel.subscription_id != subscription.id:
            channel.subscription_id = subscription.id
            await uow.channels.save(channel)
        return channel
