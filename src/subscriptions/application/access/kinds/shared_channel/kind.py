"""Strategy of a channel shared by all customers who pay for it. The bot creates the invite links, and people whom the
operator added may stay. If the resource has entry steps, customers complete them before joining: see `grant_shared.py`
and the package `vip`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from subscriptions.application.access.kinds.shared_channel.grant_shared import (
    GrantShared,
    beside_vip,
    entry_at,
    link_beside_vip,
)
from subscriptions.application.access.resource_kind import Entitlement, ResourceKind
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WITHOUT_RIGHT, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, Invite
from subscriptions.domain.entities.resource import SHARED_CHANNEL, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.events import InviteAskedAgain, VipEntryAskedAgain, VipLinkOutdated
from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


class SharedChannel(ResourceKind):
    """Strategy with one chat for all customers. Access lasts as long as any live subscription includes the chat."""

    name = SHARED_CHANNEL
    lock_rank = 1
    strangers_go = False
    may_have_ritual = True
    own_commands = ("change_entry",)
    chat_types: ClassVar[tuple[str, ...]] = ("channel",)
    channel_kinds: ClassVar[tuple[ChannelKind, ...]] = (ChannelKind.SHARED, ChannelKind.VIP)

    async def grant(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Grant access. A live access is extended; otherwise the entry steps begin or an invite link is requested."""
        await GrantShared(entitlement.policy).activate(uow, entitlement)

    async def settle(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Update the access from all plans of the customer, and admit a newly entitled customer.

        A customer is newly entitled if the chat was added while their plan was paused, or if they changed to a plan
        that includes it.
        """
        grant_shared, is_opened = (
            GrantShared(entitlement.policy),
            entitlement.resource.soft_id in entitlement.plan.opens,
        )
        await grant_shared.settle_all(uow, entitlement.resource, [entitlement.customer.id], entitlement.now)
        if is_opened and access_policy.lets_in(entitlement.subscription, entitlement.grace, entitlement.now):
            await grant_shared.admit(uow, entitlement)

    async def withdraw(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Update the access to match all of the customer's plans that include the chat."""
        await self.settle(uow, entitlement)

    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """Do nothing: a shared chat does not belong to a single customer."""

    async def find_channel(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """Return the chat, which is the same for every customer. Return None if none is set up."""
        return await uow.resources.channel(resource.id)

    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Return True if the chat is set up, and the bot can admit people to it."""
        return resource.id in await uow.resources.list_admitting()

    async def renew_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """Have the bot create an invite link if the customer needs one. Return False if the customer needs none."""
        if not access_policy.wants_link(access, await self._entry(uow, channel, access)):
            return False
        uow.record(VipLinkOutdated(access.customer_id, channel_id=beside_vip(channel)))
        return True

    async def resend_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """Send the customer's current entry step with its button again, or send the invite link. If the link is
        missing, have the bot create one. Return False if the customer is a member or may not enter.
        """
        if access.status in WITHOUT_RIGHT | {AccessStatus.ACTIVE}:
            return False
        uow.record(VipLinkOutdated(access.customer_id, channel_id=beside_vip(channel)))
        if channel.is_vip or await self._entry(uow, channel, access) is not None:
            key = f"{access.customer_id}:{operation}"
            uow.record(VipEntryAskedAgain(access.customer_id, key, link_beside_vip(channel, access)))
            return True
        usable = [
            each for each in await uow.of(VIP_KEY).live_invites(channel.id, access.customer_id) if each.usable(now)
        ]
        if usable:
            uow.record(InviteAskedAgain(access.customer_id, usable[-1].id, f"{usable[-1].id}:{operation}"))
        return True

    async def links(self, uow: UnitOfWork, channel: Channel, access: Access) -> Sequence[Invite]:
        """Return the customer's own links, or none until the entry steps allow it."""
        if not access_policy.may_see_link(access, await self._entry(uow, channel, access)):
            return []
        return await uow.of(VIP_KEY).live_invites(channel.id, access.customer_id)

    async def may_pass(self, uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
        """Return True if the access allows joining and the entry steps are complete."""
        entry = await self._entry(uow, channel, access) if access is not None else None
        return access_policy.may_pass(access, entry)

    async def came_by_another(
        self, uow: UnitOfWork, channel: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """Return True if the person joined by a customer's invite link. Revoke that link, and have the bot create a new
        link for the customer.

        Return False if the link belongs to no customer: the operator decides about such members.
        """
        invite = await uow.of(VIP_KEY).invite_by_url(channel.id, via)
        if invite is None or (access is not None and access.customer_id == invite.customer_id):
            return False
        invite.distrust(now)
        await uow.channels.save_invite(invite)
        uow.record(VipLinkOutdated(invite.customer_id, channel_id=beside_vip(channel)))
        return True

    async def on_entry(self, uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
        """Mark the customer's entry steps as complete, and have the bot revoke the used invite links."""
        entry = await entry_at(uow, channel, access.customer_id, lock=True)
        if entry is not None and entry.under_way:
            entry.complete()
            await uow.of(VIP_ENTRIES_KEY).save(entry)
        uow.record(VipLinkOutdated(access.customer_id, upkeep=True, channel_id=beside_vip(channel)))

    async def on_exit(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Have the bot revoke the customer's links."""
        uow.record(VipLinkOutdated(access.customer_id, upkeep=True, channel_id=beside_vip(channel)))

    async def on_ban(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Have the bot revoke the customer's links."""
        uow.record(VipLinkOutdated(access.customer_id, upkeep=True, channel_id=beside_vip(channel)))

    async def on_return(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Have the bot create a new invite link."""
        uow.record(VipLinkOutdated(access.customer_id, channel_id=beside_vip(channel)))

    async def stranger_removed(self, uow: UnitOfWork, channel: Channel, now: datetime) -> None:
        """Do nothing: the link that the stranger used was replaced when the stranger joined."""

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return the one shared chat."""
        channel = await uow.resources.channel(resource.id)
        return [channel] if channel is not None else []

    async def _entry(self, uow: UnitOfWork, channel: Channel, access: Access) -> VipEntry | None:
        return await entry_at(uow, channel, access.customer_id)
