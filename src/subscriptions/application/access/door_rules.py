"""What the door of the shared channel asks beyond the right to enter, and what follows from entering."""

from datetime import datetime

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.events import VipWayOutdated
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


async def may_pass(uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
    """Whether a request to join is approved: the right is there, and the ritual of the shared channel is passed."""
    entry = await uow.vip_entries.of(access.customer_id) if access is not None and channel.is_shared else None
    return access_policy.may_pass(access, entry)


async def wrong_link(uow: UnitOfWork, channel: Channel, access: Access | None, via: str | None, now: datetime) -> bool:
    """Whether somebody came into the shared channel by a link for somebody else, who then gets another.

    via: a link that admits without asking. How everybody else came there is the operator's business.
    """
    if not channel.is_shared or via is None:
        return False
    invite = await uow.vip.invite_by_url(channel.id, via)
    if invite is None or (access is not None and access.customer_id == invite.customer_id):
        return False
    invite.distrust(now)
    await uow.channels.save_invite(invite)
    uow.record(VipWayOutdated(invite.customer_id))
    return True


async def note_entry(uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
    """The payer is inside: the ritual is complete, the tokens that led there have served, and so have the links."""
    await uow.tokens.joined(access.customer_id, channel.id, now)
    if not channel.is_shared:
        return
    entry = await uow.vip_entries.of(access.customer_id, lock=True)
    if entry is not None and entry.under_way:
        entry.complete()
        await uow.vip_entries.save(entry)
    uow.record(VipWayOutdated(access.customer_id, upkeep=True))


async def wants_link(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Whether a customer is to have a link: they may enter, are not inside, and the ritual leaves the way free."""
    channel = await uow.vip.channel()
    access = await uow.accesses.of(customer_id, channel.id) if channel is not None else None
    return access_policy.wants_link(access, await uow.vip_entries.of(customer_id))
