"""A fresh link for who has the right to enter and no link that works."""

from subscriptions.application.access.door_rules import wants_link
from subscriptions.application.dto.jobs import AssignChannel, TendVipEntry, WatchAccess
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.access import WAITS_FOR_LINK, AccessStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class RenewInvite:
    """Asks the channel's account for a new link; the customer is told when it is there."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> bool:
        """True: a link is being made. Asking again while one is on its way asks once."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            renewed = plan is not None and await self.within(uow, customer.id, plan)
            await uow.commit()
        return renewed

    async def within(self, uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> bool:
        """The same in a unit of work of the caller's, who commits it."""
        if plan.is_shared:
            return await self._vip(uow, customer_id)
        channel = await uow.channels.personal_of(customer_id, plan.id)
        if channel is None:
            return False
        access = await uow.accesses.of(customer_id, channel.id)
        invites = await uow.channels.live_invites(channel.id)
        if access is None or access.status not in WAITS_FOR_LINK:
            return False
        if access.status is AccessStatus.PENDING and access.joined_at is None:
            # The first one is on its way by itself.
            return False
        now = self._clock.now()
        if any(invite.usable(now) for invite in invites):
            return False
        job = AssignChannel(channel_id=channel.id)
        await uow.enqueue(job.once(f"renew:{channel.id}"))
        # What was watched for at the payment is long over: they left since, and now wait again.
        watch = WatchAccess(access_id=access.id)
        await uow.enqueue(watch.later(now + self._policy.access_patience, access.id))
        return True

    async def _vip(self, uow: UnitOfWork, customer_id: CustomerId) -> bool:
        if not await wants_link(uow, customer_id):
            return False
        await uow.enqueue(TendVipEntry(customer_id=customer_id).once(f"renew:{customer_id}"))
        return True
