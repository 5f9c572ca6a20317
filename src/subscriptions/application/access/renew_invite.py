"""New invite links for customers who have access but no working link."""

from dataclasses import dataclass

from subscriptions.application.access.plan_chats import chats_to_rejoin
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class RenewInvite:
    """Use case that requests a new invite link for each chat of a plan. The customer is notified when a link
    is ready.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> bool:
        """Request new links. Return True if at least one link is being created. A repeated call does not request a link
        that is already being created.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            is_renewed = plan is not None and await self.renew_in(uow, customer.id, plan)
            await uow.commit()
        return is_renewed

    async def renew_in(self, uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> bool:
        """Request new links in the caller's unit of work, which the caller commits. Return True if a link is being
        created.
        """
        is_renewed = False
        for channel, access in await chats_to_rejoin(uow, customer_id, plan):
            is_renewed |= await kind_of_channel(channel).renew_invite(
                uow, channel, access, self.policy, self.clock.now()
            )
        return is_renewed
