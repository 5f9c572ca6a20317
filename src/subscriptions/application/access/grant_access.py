"""From a subscription to a right: the channel and the access that follow from it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from subscriptions.application.access.bans import is_hold_outdated
from subscriptions.application.access.resource_kind import Opening, in_lock_order, kind_of
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import ByCheck, OfSubscription
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.access import WITHOUT_RIGHT
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import BillingToStop, HoldOutdated, VipWayOutdated
from subscriptions.domain.ids import ChannelId, PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import access_policy


class PaidTimeOver(OfSubscription):
    """What was paid for was over before anybody heard of it."""

    name = payment_causes.PAID_TIME_OVER
    closes = ByCheck(payment_causes.made_up_for)
    order: str


class GrantAccess:
    """Keeps what customers may enter in step with what the ledger gives."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def settle(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Bring every right behind an agreement, which is saved already, in line with it."""
        for opening in await self._openings(uow, subscription, customer, plan, now):
            strategy = kind_of(opening.resource)
            opens = opening.resource.soft_id in plan.opens
            await (strategy.settle if opens else strategy.withdraw)(uow, opening)
        await self.check_hold(uow, subscription, plan)

    async def take_along(self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, now: datetime) -> None:
        """Leave the customer where they are, in what is their own: the subscription is about to go over to a plan."""
        for resource in in_lock_order(await uow.resources.by_soft_ids(target.opens)):
            await kind_of(resource).take_along(uow, subscription, target, self._policy, now)

    async def enter(self, uow: UnitOfWork, subscription: Subscription, entry: ledger.LedgerEntry) -> None:
        """Put an entry into the ledger; the caller saves the subscription. What is kept until the period ends is kept
        as much longer as its customer was kept out."""
        if await uow.write(LEDGER).add_if_new(entry) and entry.is_rest:
            await uow.resources.prolong_kept(subscription.id, entry.length)
        await self.recount(uow, subscription)

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
            ledger_entry = ledger.LedgerEntry(
                subscription_id=subscription.id,
                kind=ledger.LedgerKind.ADMIN_GRANT,
                source_key=cause,
                starts_at=now,
                length=now - subscription.access_until,
                note=note,
                created_at=now,
            )
            await uow.write(LEDGER).add_if_new(ledger_entry)
            await self.recount(uow, subscription)
        subscription.end(reason, now)
        if subscription.provider_ref is not None:
            uow.record(BillingToStop(subscription.id))
        await uow.subscriptions.save(subscription)
        await self.settle(uow, subscription, customer, plan, now)

    def timely(self, subscription: Subscription, plan: ServicePlan, now: datetime) -> bool:
        """Whether there is any time left to let somebody in for, and it does not rest."""
        return access_policy.lets_in(subscription, access_policy.grace_of(plan, self._policy.grace), now)

    async def too_late(
        self, uow: UnitOfWork, subscription: Subscription, order: Order, payment_id: PaymentId | None, now: datetime
    ) -> None:
        """What was paid for was over before we heard of it: a person has to make good for that."""
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
        if channel is None or channel.subscription_id != subscription.id:
            alarm = PaidTimeOver(order=order.reference, customer=subscription.customer_id, subscription=subscription.id)
            uow.record(alarm.raise_event(f"paid_time_over:{payment_id or subscription.id}", now))

    async def grant(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        plan: ServicePlan,
        now: datetime,
        *,
        cause: str | None = None,
        is_told: bool = False,
    ) -> None:
        """Let the customer in, or leave them in, for as long as their live subscription says.

        cause: what they are told the next step into the VIP channel for; None where the caller shows it. is_told: the
        message about the cause shows the first stage.
        """
        ways: list[ChannelId] = []
        for opening in await self._openings(uow, subscription, customer, plan, now):
            strategy = kind_of(opening.resource)
            if opening.resource.soft_id in plan.opens:
                await strategy.grant(uow, replace(opening, cause=cause, is_told=is_told, ways=ways))
            else:
                await strategy.withdraw(uow, opening)
        if ways:
            # One message hands over all of them.
            uow.record(VipWayOutdated(customer.id, channel_id=ways[0], other_channels=tuple(ways[1:])))
        await self.check_hold(uow, subscription, plan)

    async def add(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Let the customer into what the plan opens and they have no live right to; a right that another plan gives
        lasts as long as either. Nothing else is touched."""
        ways: list[ChannelId] = []
        resources = await uow.resources.by_soft_ids(plan.opens)
        for resource in in_lock_order(resources):
            strategy = kind_of(resource)
            opening = Opening(
                resource=resource,
                subscription=subscription,
                customer=customer,
                plan=plan,
                policy=self._policy,
                now=now,
                cause=f"opened:{subscription.id}:{resource.id}",
                ways=ways,
            )
            place = await strategy.place(uow, resource, customer.id, plan.id)
            access = await uow.accesses.find(customer.id, place.id) if place is not None else None
            if access is None or access.status in WITHOUT_RIGHT:
                await strategy.grant(uow, opening)
            else:
                # They are in by another plan, which may end earlier than this one.
                await strategy.settle(uow, opening)
        if ways:
            uow.record(VipWayOutdated(customer.id, channel_id=ways[0], other_channels=tuple(ways[1:])))

    async def withdraw(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        plan: ServicePlan,
        names: Collection[str],
        now: datetime,
    ) -> None:
        """End the rights to what the plan opens no longer. names: soft ids of resources, which it does not open."""
        for resource in in_lock_order(await uow.resources.by_soft_ids(names)):
            opening = Opening(
                resource=resource, subscription=subscription, customer=customer, plan=plan, policy=self._policy, now=now
            )
            await kind_of(resource).withdraw(uow, opening)
        await self.check_hold(uow, subscription, plan)

    async def check_hold(self, uow: UnitOfWork, subscription: Subscription, plan: ServicePlan) -> None:
        """Have the pause for bans follow what the plan opens: another plan may open another chat, and a customer may
        buy a plan of the chat from which they are banned."""
        if await is_hold_outdated(uow, subscription, plan):
            uow.record(HoldOutdated(subscription.id))

    async def _openings(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> list[Opening]:
        """What the plan opens, and what the customer came into by what it, or they, had before."""
        resources = await uow.resources.list_concerning(customer.id, plan.id, plan.opens)
        return [
            Opening(
                resource=each, subscription=subscription, customer=customer, plan=plan, policy=self._policy, now=now
            )
            for each in in_lock_order(resources)
        ]
