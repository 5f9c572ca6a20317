"""What the door of a chat asks beyond the right to enter, and what follows from entering."""

from datetime import datetime

from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChannelId, CustomerId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def may_pass(uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
    """Whether a request to join is approved: the right is there, and what stands before the door is passed."""
    return await kind_of_place(channel).may_pass(uow, channel, access)


async def wrong_link(uow: UnitOfWork, channel: Channel, access: Access | None, via: str | None, now: datetime) -> bool:
    """Whether somebody came in by a link for somebody else, who then gets another.

    via: a link that admits without asking. How everybody else came there is the operator's business.
    """
    return via is not None and await kind_of_place(channel).came_by_another(uow, channel, access, via, now)


async def note_entry(uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
    """The payer is inside: the tokens that led there have served, and so have the links."""
    await uow.of(TOKENS_KEY).note_joined(access.customer_id, channel.id, now)
    await kind_of_place(channel).on_entry(uow, channel, access, now)


async def shared_place(uow: UnitOfWork, channel_id: ChannelId | None) -> Channel | None:
    """The shared chat that an event or job names; the VIP channel where it names none."""
    return await (uow.of(VIP_KEY).channel() if channel_id is None else uow.channels.get(channel_id))


async def wants_link(uow: UnitOfWork, customer_id: CustomerId, channel_id: ChannelId | None = None) -> bool:
    """Whether a customer is to have a link into a shared chat: they may enter, are not inside, and the ritual, where
    there is one, leaves the way free.
    """
    channel = await shared_place(uow, channel_id)
    access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
    if channel is None or access is None:
        return False
    return access_policy.wants_link(access, await entry_at(uow, channel, customer_id))
