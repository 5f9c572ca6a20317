"""Service that updates a customer's channels and accesses to match a subscription."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from subscriptions.application.access.bans import is_hold_outdated
from subscriptions.application.access.resource_kind import Entitlement, in_lock_order, kind_of
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import ByCheck, OfSubscription
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.access import WITHOUT_RIGHT
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import BillingToStop, HoldOutdated, VipLinkOutdated
from subscriptions.domain.ids import ChannelId, PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import access_policy, charge_policy


class PaidTimeOver(OfSubscription):
    """Alarm: the paid period had ended before Umbral learned of the payment."""

    name = payment_causes.PAID_TIME_OVER
    closes = ByCheck(payment_causes.made_up_for)
    order: str


class GrantAccess:
    """Service that updates customers' accesses to match their subscriptions and the ledger of access time."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    async def settle(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Update every access of a subscription. The subscription must be saved already."""
        for entitlement in await self._entitlements(uow, subscription, customer, plan, now):
            strategy = kind_of(entitlement.resource)
            opens = entitlement.resource.soft_id in plan.opens
            await (strategy.settle if opens else strategy.withdraw)(uow, entitlement)
        await self.check_hold(uow, subscription, plan)

    async def take_along(self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, now: datetime) -> None:
        """Move the customer's own channels to the plan that the subscription changes to."""
        for resource in in_lock_order(await uow.resources.by_soft_ids(target.opens)):
            await kind_of(resource).take_along(uow, subscription, target, self.policy, now)

    async def enter(self, uow: UnitOfWork, subscription: Subscription, entry: ledger.LedgerEntry) -> None:
        """Add an entry to the ledger of access time. The caller saves the subscription.

        An entry for a pause also extends the subscription's grandfathered entitlements by the same length.
        """
        if await uow.write(LEDGER).add_if_new(entry) and entry.is_suspension:
            await uow.resources.prolong_kept(subscription.id, entry.length)
        await self.recount(uow, subscription)

    async def bridge(self, uow: UnitOfWork, subscription: Subscription, cause: str, now: datetime) -> None:
        """Keep the customer inside until their own charge can be made with notice, after time behind which it was
        postponed was taken back. Save the subscription. `cause`: source key, unique per cause.
        """
        end, notice = subscription.access_until, self.policy.renewal_notice
        entry = charge_policy.bridge(subscription, end, now, notice, cause)
        if entry is not None:
            await self.enter(uow, subscription, entry)
        await uow.subscriptions.save(subscription)

    async def recount(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Recompute the cached end of access from the ledger."""
        entries = await uow.ledger.of_subscription(subscription.id)
        end = access_policy.time_end(subscription, entries)
        if end != subscription.access_until:
            subscription.access_until, subscription.next_reminder_at, subscription.next_check_at = end, None, None

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
        """End access and charges at once, with a ledger entry that removes the remaining time.

        reason: end reason of the subscription
        cause: source key of the ledger entry, which makes the entry unique
        note: note on the ledger entry
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

    def grace_of(self, plan: ServicePlan | None) -> timedelta:
        """Return the grace period after a failed charge."""
        return access_policy.grace_of(plan, self.policy.grace)

    def timely(self, subscription: Subscription, plan: ServicePlan, now: datetime) -> bool:
        """Return True if the subscription currently gives access: it is not paused, and it has time left or is in its
        grace period.
        """
        return access_policy.lets_in(subscription, self.grace_of(plan), now)

    async def too_late(
        self, uow: UnitOfWork, subscription: Subscription, order: Order, payment_id: PaymentId | None, now: datetime
    ) -> None:
        """Raise an alarm because the period covered by a payment had ended before Umbral learned of the payment, so
        that staff can compensate the customer. No alarm is raised if the subscription has a personal channel
        already.
        """
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
        is_requested: bool = False,
    ) -> None:
        """Grant the access that the customer's live subscription includes, or keep existing access.

        cause: reason named in the next VIP entry step; None if the caller shows the step
        is_told: True if the message about the cause shows the first step
        is_requested: True if the customer bought the time or redeemed a code; one who left a chat then gets a new link
        """
        linked_channels: list[ChannelId] = []
        for entitlement in await self._entitlements(uow, subscription, customer, plan, now):
            strategy = kind_of(entitlement.resource)
            if entitlement.resource.soft_id in plan.opens:
                granted_entitlement = replace(
                    entitlement,
                    cause=cause,
                    is_told=is_told,
                    is_requested=is_requested,
                    linked_channels=linked_channels,
                )
                await strategy.grant(uow, granted_entitlement)
            else:
                await strategy.withdraw(uow, entitlement)
        if linked_channels:
            # All invite links are sent in one message.
            uow.record(
                VipLinkOutdated(customer.id, channel_id=linked_channels[0], other_channels=tuple(linked_channels[1:]))
            )
        await self.check_hold(uow, subscription, plan)

    async def add(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        """Give the customer access to the plan's resources to which they have no live access.

        Access that another plan gives is extended to the later end. Other resources are not changed.
        """
        linked_channels: list[ChannelId] = []
        resources = await uow.resources.by_soft_ids(plan.opens)
        for resource in in_lock_order(resources):
            strategy = kind_of(resource)
            entitlement = Entitlement(
                resource=resource,
                subscription=subscription,
                customer=customer,
                plan=plan,
                policy=self.policy,
                now=now,
                cause=f"opened:{subscription.id}:{resource.id}",
                linked_channels=linked_channels,
            )
            channel = await strategy.find_channel(uow, resource, customer.id, plan.id)
            access = await uow.accesses.find(customer.id, channel.id) if channel is not None else None
            if access is None or access.status in WITHOUT_RIGHT:
                await strategy.grant(uow, entitlement)
            else:
                # The customer has access through another plan, which may end earlier than this one.
                await strategy.settle(uow, entitlement)
        if linked_channels:
            uow.record(
                VipLinkOutdated(customer.id, channel_id=linked_channels[0], other_channels=tuple(linked_channels[1:]))
            )

    async def withdraw(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        customer: Customer,
        plan: ServicePlan,
        names: Collection[str],
        now: datetime,
    ) -> None:
        """End the access to resources that the plan no longer includes. `names`: slugs of those resources."""
        for resource in in_lock_order(await uow.resources.by_soft_ids(names)):
            entitlement = Entitlement(
                resource=resource, subscription=subscription, customer=customer, plan=plan, policy=self.policy, now=now
            )
            await kind_of(resource).withdraw(uow, entitlement)
        await self.check_hold(uow, subscription, plan)

    async def check_hold(self, uow: UnitOfWork, subscription: Subscription, plan: ServicePlan) -> None:
        """Queue an update of the subscription's pause for bans if the pause no longer matches the bans.

        After a change of the plan, its chats may differ, and a customer can buy a plan for a chat from which they are
        banned.
        """
        if await is_hold_outdated(uow, subscription, plan):
            uow.record(HoldOutdated(subscription.id))

    async def _entitlements(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> list[Entitlement]:
        """Return an entitlement for each resource of the plan, and for each resource that the customer has through an
        earlier version of the plan or through another plan.
        """
        resources = await uow.resources.list_concerning(customer.id, plan.id, plan.opens)
        return [
            Entitlement(
                resource=each, subscription=subscription, customer=customer, plan=plan, policy=self.policy, now=now
            )
            for each in in_lock_order(resources)
        ]
