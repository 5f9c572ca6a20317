"""From a subscription to a right: the channel and the access that follow from it."""

from datetime import datetime

from subscriptions.application.access.grant_vip import GrantVip
from subscriptions.application.access.personal_channel import take_from_stock
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import ByCheck, OfSubscription
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import BillingToStop
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, provisioning_service


class PaidTimeOver(OfSubscription):
    """What was paid for was over before anybody heard of it."""

    name = payment_causes.PAID_TIME_OVER
    closes = ByCheck(payment_causes.made_up_for)
    order: str


class GrantAccess:
    """Keeps channels and accesses in step with what the ledger gives."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._grant_vip = GrantVip(policy)

    async def settle(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Bring the right to be in the channel in line with the agreement behind it, which is saved already."""
        if plan.is_shared:
            await self._grant_vip.settle(uow, customer.id, now)
            return
        if subscription.live and not subscription.rests:
            if self.timely(subscription, plan, now):
                await self.grant(uow, subscription, customer, plan, now)
            return
        found = await uow.channels.personal_of(customer.id, plan.id)
        channel = await uow.channels.get(found.id, lock=True) if found is not None else None
        access = await uow.accesses.of(customer.id, channel.id, lock=True) if channel is not None else None
        if access is None or channel is None or await _goes_by_another(uow, channel, subscription):
            return
        if subscription.live:
            access.suspend()
        else:
            access.end()
        # Also once it is over: who is still inside is listed with since when.
        access.ends_at = subscription.access_until
        await uow.accesses.save(access)

    async def recount(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Bring the cached end of access to what the ledger says."""
        entries = await uow.ledger.of_subscription(subscription.id)
        end = ledger.access_until(entries)
        if end != subscription.access_until:
            subscription.access_until, subscription.next_reminder_at = end, None

    async def end(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        plan: ServicePlan,
        now: datetime,
        *,
        reason: str,
        cause: str,
        note: str,
    ) -> None:
        """Access ends at once, and so do charges. The ledger says so by an entry that takes the rest of the time.

        cause: of that entry, by which it is made once.
        """
        if subscription.access_until is not None and subscription.access_until > now:
            taken = ledger.LedgerEntry(
                subscription_id=subscription.id,
                kind=ledger.LedgerKind.ADMIN_GRANT,
                source_key=cause,
                starts_at=now,
                length=now - subscription.access_until,
                note=note,
                created_at=now,
            )
            await uow.ledger.add_if_new(taken)
            await self.recount(uow, subscription)
        subscription.end(reason, now)
        if subscription.provider_ref is not None:
            uow.record(BillingToStop(subscription.id))
        await uow.subscriptions.save(subscription)
        await self.settle(uow, subscription, customer, plan, now)

    def timely(self, subscription: Subscription, plan: ServicePlan, now: datetime) -> bool:
        """Whether there is any time left to let somebody in for, and it does not rest."""
        if subscription.rests:
            return False
        grace = access_policy.grace_of(plan, self._policy.grace)
        return subscription.live and not access_policy.is_over(subscription, grace, now)

    async def too_late(
        self, uow: UnitOfWork, subscription: Subscription, order: Order, payment_id: PaymentId | None, now: datetime
    ) -> None:
        """What was paid for was over before we heard of it: a person has to make good for that."""
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        if channel is None or channel.subscription_id != subscription.id:
            alarm = PaidTimeOver(order=order.reference, customer=subscription.customer_id, subscription=subscription.id)
            uow.record(alarm.raised(f"paid_time_over:{payment_id or subscription.id}", now))

    async def grant(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        plan: ServicePlan,
        now: datetime,
        *,
        cause: str | None = None,
        told: bool = False,
    ) -> None:
        """Let the customer in, or leave them in, for as long as their live subscription says.

        cause: what they are told the next step into the VIP channel for; None where the caller shows it. told: the
        message about the cause shows the first stage.
        """
        if plan.is_shared:
            await self._grant_vip.activate(uow, subscription, customer, now, cause=cause, told=told)
            return
        channel = await self._channel(uow, subscription, customer, plan, now)
        access = await uow.accesses.of(customer.id, channel.id, lock=True)
        if access is None:
            access = Access.request(customer.id, channel.id, now)
        else:
            access.grant()
        access.ends_at = access_policy.ends_at([subscription])
        await uow.accesses.save(access)
        if access.status is AccessStatus.PENDING:
            later = now + self._policy.access_patience
            await uow.enqueue(jobs.WatchAccess(access_id=access.id).later(later, access.id))

    async def _channel(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> Channel:
        """The customer's own channel, its row locked before any access: the one kept for them, else a new one."""
        found = await uow.channels.personal_of(customer.id, plan.id)
        channel = await uow.channels.get(found.id, lock=True) if found is not None else None
        if channel is None or channel.status is ChannelStatus.DELETED:
            title = provisioning_service.channel_title(self._policy.channel_title, self._policy.brand, plan, customer)
            stocked = await take_from_stock(uow, subscription, title, now)
            if stocked is not None:
                return stocked
            channel = Channel.plan_personal(customer.id, plan.id, subscription.id, title, now)
            if not await uow.channels.add_if_new(channel):
                raise RetryLater("the channel is being planned by another unit of work")
            return channel
        channel.subscription_id = subscription.id
        channel.thaw()
        await uow.channels.save(channel)
        return channel


async def _goes_by_another(uow: UnitOfWork, channel: Channel, subscription: Subscription) -> bool:
    """Whether a channel is kept open by another agreement that still counts; one that is over keeps nobody inside."""
    if channel.subscription_id is None or channel.subscription_id == subscription.id:
        return False
    other = await uow.subscriptions.get(channel.subscription_id)
    return other is not None and other.live
