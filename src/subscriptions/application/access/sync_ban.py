"""Pause of subscriptions during bans: a customer who is banned from all chats of a plan is not charged and loses no
time.
"""

from dataclasses import dataclass

from subscriptions.application.access.bans import is_banned_from_all, subscriptions_to
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import give_back_rest
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import BAN, Subscription
from subscriptions.domain.events import CustomerBanned
from subscriptions.domain.ids import AccessId, SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import provider_sync


@dataclass(frozen=True)
class SyncBan:
    """Use case that pauses or resumes the subscriptions of a banned or unbanned customer. Idempotent."""

    units: UnitOfWorkFactory
    clock: Clock
    grant_access: GrantAccess

    async def __call__(self, access_id: AccessId, key: str) -> None:
        """Update every subscription that includes the chat. `key`: id of the ban; the customer is notified once per
        ban.
        """
        async with self.units() as uow:
            access = await uow.accesses.get(access_id)
            if access is None:
                return
            entitlements = await subscriptions_to(uow, access.customer_id, access.channel_id)
            # Every subscription is locked before any of them is changed.
            locked = [(await uow.subscriptions.get(each.id, lock=True), plan) for each, plan in entitlements]
            for subscription, plan in locked:
                if subscription is not None and subscription.live:
                    await self._follow(uow, subscription, plan, key)
            if access.status is AccessStatus.BANNED:
                uow.record(CustomerBanned(access.id, access.customer_id, key))
            await uow.commit()

    async def of_subscription(self, subscription_id: SubscriptionId) -> None:
        """Update one subscription after the resources of its plan changed. Idempotent."""
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            if subscription is not None and plan is not None and subscription.live:
                await self._follow(uow, subscription, plan, f"plan:{plan.id}")
                await uow.commit()

    async def _follow(self, uow: UnitOfWork, subscription: Subscription, plan: ServicePlan, cause: str) -> None:
        customer = await uow.customers.get(subscription.customer_id)
        if customer is None:
            return
        now, is_banned = self.clock.now(), await is_banned_from_all(uow, customer.id, plan)
        if is_banned is (BAN in subscription.paused_for):
            return
        if is_banned:
            subscription.pause(BAN, now)
            await uow.of(FACTS_KEY).hold(subscription.id, HoldReason.BAN, now, cause)
        else:
            await give_back_rest(uow, self.grant_access, subscription, BAN, now)
            provider_sync.have_days(subscription, now)
            subscription.resume(BAN, now)
            await uow.of(FACTS_KEY).release(subscription.id, HoldReason.BAN, now)
        await uow.subscriptions.save(subscription)
        await self.grant_access.settle(uow, subscription, customer, plan, now)
