"""Removal of the entry steps from a channel. Customers who have not finished the steps may join immediately."""

from subscriptions.application.access.kinds.shared_channel.grant_shared import in_batches
from subscriptions.domain.entities.access import WAITS_FOR_LINK
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.events import VipLinkOutdated
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def end_ritual(uow: UnitOfWork, resource: Resource) -> None:
    """Complete the unfinished entry steps of a resource's customers, and request an invite link for each of these
    customers. The caller commits.
    """
    channel = await uow.resources.channel(resource.id)
    if channel is None:
        return
    customer_ids = [entry.customer_id for entry in await uow.of(VIP_ENTRIES_KEY).under_way(resource.id)]
    for batch in in_batches(customer_ids):
        accesses = await uow.of(VIP_KEY).accesses(channel.id, batch)
        entries = await uow.of(VIP_ENTRIES_KEY).of_all(batch, resource.id)
        for entry in entries:
            entry.begin(None)
        await uow.of(VIP_ENTRIES_KEY).save_all(entries)
        for access in accesses:
            if access.status in WAITS_FOR_LINK:
                uow.record(VipLinkOutdated(access.customer_id, channel_id=channel.id))
