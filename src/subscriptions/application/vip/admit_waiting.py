"""Who paid for the VIP channel while there was none is let in once there is one."""

from typing import Final

import structlog

from subscriptions.application.access.grant_vip import GrantVip
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

AT_ONCE: Final = 200


class AdmitWaiting:
    """Repeating it changes nothing: who has a row for the channel waits for nothing here."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy, grant_vip: GrantVip) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy
        self._grant_vip = grant_vip

    async def __call__(self, after: CustomerId | None = None) -> None:
        """A job for each of them, so that one who cannot be let in holds up nobody. after: the last one found."""
        async with self._units() as uow:
            channel = await uow.vip.channel()
            found = await uow.vip.without_access(channel.id, after, AT_ONCE) if channel is not None else []
            for customer_id in found:
                await uow.enqueue(jobs.AdmitToVip(customer_id=customer_id).once(f"admit:{customer_id}"))
            if len(found) == AT_ONCE:
                await uow.enqueue(jobs.AdmitWaiting(after=found[-1]).once(f"admit:after:{found[-1]}"))
            if found:
                await uow.commit()

    async def one(self, customer_id: CustomerId) -> None:
        """They are told as anybody is who pays now."""
        now = await self._clock.confirm()
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id, lock=True)
            paid = await self._paid(uow, customer_id) if customer is not None else None
            if customer is None or paid is None or not await self._grant_vip.admit(uow, customer, paid, now):
                return
            await uow.commit()
        log.info("let in, who paid while there was no VIP channel", customer=str(customer_id))

    async def _paid(self, uow: UnitOfWork, customer_id: CustomerId) -> Subscription | None:
        """One of theirs that gives time now, else one that rests. All are locked: none ends unseen meanwhile."""
        now, counting = self._clock.now(), []
        for seen in await uow.vip.live_subscriptions(customer_id):
            held, plan = await uow.subscriptions.get(seen.id, lock=True), await uow.plans.get(seen.plan_id)
            if held is None or plan is None or not held.live:
                continue
            if held.rests or not access_policy.is_over(held, access_policy.grace_of(plan, self._policy.grace), now):
                counting.append(held)
        return next((each for each in counting if not each.rests), counting[0] if counting else None)
