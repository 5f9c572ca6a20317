"""Strategy of a channel that belongs to one customer. The channel is pre-created or made after the purchase, and frozen
once the customer has lost access.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.application.access.personal_channel import (
    freeze_if_empty,
    have_mended,
    take_along,
    take_precreated_channel,
)
from subscriptions.application.access.resource_kind import Entitlement, ResourceKind
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite
from subscriptions.domain.entities.resource import PERSONAL_CHANNEL, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import AccessRequested, ChannelOutdated, InviteAskedAgain
from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, channel_texts


class PersonalChannel(ResourceKind):
    """Strategy with one channel per customer and plan, created by a userbot account. There are no entry steps."""

    name = PERSONAL_CHANNEL
    strangers_go = True
    for_one = True
    needs_account = True
    channel_kinds = (ChannelKind.PERSONAL,)
    settings = frozenset(
        {
            "CHANNEL_STOCK",
            "CHANNEL_TITLE",
            "CHANNEL_WELCOME",
            "CHANNEL_WELCOME_EN",
            "CHANNEL_WELCOME_PT",
            "CHANNEL_WELCOME_PT_BR",
            "CHARGED_WITHOUT_CHANNEL",
            "INVITE_HOURS",
            "RETENTION_DAYS",
        }
    )

    async def grant(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Grant access to the customer's channel. A channel from an earlier subscription is reused. The channel row is
        locked before the access row.
        """
        channel = await self._channel(uow, entitlement)
        access = await uow.accesses.find(entitlement.customer.id, channel.id, lock=True)
        if access is None:
            access = Access.request(entitlement.customer.id, channel.id, entitlement.now)
        else:
            access.grant()
        is_returning = entitlement.is_requested and access.ask_back()
        access.ends_at = access_policy.ends_at([entitlement.subscription])
        await uow.accesses.save(access)
        if is_returning:
            await self.on_return(uow, channel, access)
        if access.status is AccessStatus.PENDING:
            patience_end = entitlement.now + entitlement.policy.access_patience
            await uow.enqueue(jobs.WatchAccess(access_id=access.id).delayed_job(patience_end, access.id))

    async def settle(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Grant access while the subscription is live, not paused and has time left; otherwise suspend or end the
        access.
        """
        subscription = entitlement.subscription
        if access_policy.lets_in(subscription, entitlement.grace, entitlement.now):
            await self.grant(uow, entitlement)
        elif subscription.is_paused or not subscription.live:
            await self._end(uow, entitlement, is_paused=subscription.is_paused)

    async def _end(self, uow: UnitOfWork, entitlement: Entitlement, *, is_paused: bool) -> None:
        subscription = entitlement.subscription
        found_channel = await uow.channels.personal_of(entitlement.customer.id, entitlement.plan.id)
        channel = await uow.channels.get(found_channel.id, lock=True) if found_channel is not None else None
        access = (
            await uow.accesses.find(entitlement.customer.id, channel.id, lock=True) if channel is not None else None
        )
        if access is None or channel is None or await _goes_by_another(uow, channel, subscription):
            return
        if is_paused:
            access.suspend()
        else:
            access.end()
        # Ended accesses store the end too, because lists show the time since which a person who is still in the
        # channel has had no access.
        access.ends_at = subscription.access_until
        await uow.accesses.save(access)

    async def withdraw(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """End the access to the channel, unless the subscription keeps it as a grandfathered entitlement until the end
        of its period. No other plan can include this channel.
        """
        subscription = entitlement.subscription
        kept_ids = {each.id for each in await uow.resources.kept_by(subscription.id)} if subscription.live else set()
        if entitlement.resource.id in kept_ids:
            await self.settle(uow, entitlement)
        else:
            await self._end(uow, entitlement, is_paused=False)

    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """Move the customer's channel to the plan that the subscription changes to."""
        await take_along(uow, subscription, target, policy, now)

    async def find_channel(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """Return the customer's own channel for the plan. Return None if there is none."""
        return await uow.channels.personal_of(customer_id, plan_id)

    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Return True if an account can provide the channel, which is created after the payment."""
        return await uow.accounts.can_provide_channel()

    async def renew_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """Have the owning account create a new invite link. Return False if the customer needs no link or has a working
        one, or if the first link is already being created.
        """
        if access.status not in WAITS_FOR_LINK:
            return False
        if access.status is AccessStatus.PENDING and access.joined_at is None:
            # The first link is already being created.
            return False
        if any(invite.usable(now) for invite in await uow.channels.live_invites(channel.id)):
            return False
        uow.record(ChannelOutdated(channel.id))
        # The check that began with the payment ended long ago; the customer has left since then and is waiting again.
        watch = jobs.WatchAccess(access_id=access.id)
        await uow.enqueue(watch.delayed_job(now + policy.access_patience, access.id))
        return True

    async def resend_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """Send the current invite link, or have the owning account create a new one. Return False if no link is sent or
        requested; for a member, the channel is then checked.
        """
        if access.status is AccessStatus.ACTIVE:
            # Staff report that the customer can't enter, so the account checks whether the channel exists.
            await have_mended(uow, channel)
            return False
        usable = [item for item in await uow.channels.live_invites(channel.id) if item.usable(now)]
        if not usable or not access.may_enter():
            return await self.renew_invite(uow, channel, access, policy, now)
        invite = usable[-1]
        uow.record(InviteAskedAgain(access.customer_id, invite.id, f"{invite.id}:{operation}"))
        return True

    async def links(self, uow: UnitOfWork, channel: Channel, access: Access) -> Sequence[Invite]:
        """Return the channel's live links, which all belong to its one customer."""
        return await uow.channels.live_invites(channel.id) if access_policy.may_see_link(access, None) else []

    async def may_pass(self, uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
        """Return True if the access allows joining; there are no entry steps."""
        return access_policy.may_pass(access, None)

    async def came_by_another(
        self, uow: UnitOfWork, channel: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """Return False, because only the channel's one customer has a link to the channel."""
        return False

    async def on_entry(self, uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
        """Do nothing: the owning account updates the channel's links when it receives the join."""

    async def on_exit(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Freeze the channel if no customer has access to it."""
        if is_revoked and not await freeze_if_empty(uow, channel, policy.retention, now):
            uow.record(ChannelOutdated(channel.id))

    async def on_ban(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Have the owning account revoke the channel's invite links."""
        uow.record(ChannelOutdated(channel.id))

    async def on_return(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Have the owning account create a new invite link."""
        uow.record(AccessRequested(access.id, access.channel_id))

    async def stranger_removed(self, uow: UnitOfWork, channel: Channel, now: datetime) -> None:
        """Revoke every link of the channel, because the link that the stranger used is unknown, and have the account
        create a new one.
        """
        for invite in await uow.channels.live_invites(channel.id):
            invite.distrust(now)
            await uow.channels.save_invite(invite)
        uow.record(ChannelOutdated(channel.id))

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return the live channel of every customer of the plan."""
        return await uow.channels.live_of_plan(plan_id)

    async def _channel(self, uow: UnitOfWork, entitlement: Entitlement) -> Channel:
        """Return the customer's channel, existing or new. The channel row is locked before any access row."""
        subscription, customer, plan = entitlement.subscription, entitlement.customer, entitlement.plan
        found_channel = await uow.channels.personal_of(customer.id, plan.id)
        channel = await uow.channels.get(found_channel.id, lock=True) if found_channel is not None else None
        if channel is None or channel.status is ChannelStatus.DELETED:
            policy = entitlement.policy
            title = channel_texts.channel_title(policy.channel_title, policy.brand, plan, customer)
            ready_channel = await take_precreated_channel(uow, subscription, title, entitlement.now)
            if ready_channel is not None:
                return ready_channel
            channel = Channel.plan_personal(customer.id, plan.id, subscription.id, title, entitlement.now)
            if not await uow.channels.add_if_new(channel):
                raise RetryLater("the channel is being planned by another unit of work")
            return channel
        channel.subscription_id = subscription.id
        channel.thaw()
        await uow.channels.save(channel)
        return channel


async def _goes_by_another(uow: UnitOfWork, channel: Channel, subscription: Subscription) -> bool:
    """Return True if the channel belongs to another live subscription, which keeps the channel in use."""
    if channel.subscription_id is None or channel.subscription_id == subscription.id:
        return False
    other = await uow.subscriptions.get(channel.subscription_id)
    return other is not None and other.live
