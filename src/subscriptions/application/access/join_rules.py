"""Rules for approving join requests that go beyond the access itself, and the effects of joining."""

from datetime import datetime

from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.ids import ChannelId, CustomerId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def may_pass(uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
    """Return True if a join request is to be approved: the access allows it and the entry steps are complete."""
    return await kind_of_channel(channel).may_pass(uow, channel, access)


async def wrong_link(uow: UnitOfWork, channel: Channel, access: Access | None, via: str | None, now: datetime) -> bool:
    """Return True if a person entered by another customer's invite link, and replace that customer's link.

    `via`: invite link by which the person entered without a join request; None if the person entered in another way,
        for example because the operator added them.
    """
    return via is not None and await kind_of_channel(channel).came_by_another(uow, channel, access, via, now)


async def note_entry(uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
    """Record that the customer joined a chat, and mark the activation code and the invite links that
    led to it as used.
    """
    await uow.of(TOKENS_KEY).note_joined(access.customer_id, channel.id, now)
    await kind_of_channel(channel).on_entry(uow, channel, access, now)


async def shared_channel(uow: UnitOfWork, channel_id: ChannelId | None) -> Channel | None:
    """Return the shared chat that an event or job names. If it names none, return the VIP channel. Return None if there
    is no such chat.
    """
    return await (uow.of(VIP_KEY).channel() if channel_id is None else uow.channels.get(channel_id))


async def channel_named(uow: UnitOfWork, name: str) -> Channel | None:
    """Return the chat of a resource by its slug. Return None if the resource is unknown or has no chat."""
    if name == VIP:
        return await uow.of(VIP_KEY).channel()
    resource = await uow.resources.by_soft_id(name)
    return await uow.resources.channel(resource.id) if resource is not None else None


async def wants_link(uow: UnitOfWork, customer_id: CustomerId, channel_id: ChannelId | None = None) -> bool:
    """Return True if a customer needs an invite link to a shared chat: the access allows joining, the customer is not a
    member, and all entry steps are complete. `channel_id`: shared chat; None for the VIP channel.
    """
    channel = await shared_channel(uow, channel_id)
    access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
    if channel is None or access is None:
        return False
    return access_policy.wants_link(access, await entry_at(uow, channel, customer_id))
