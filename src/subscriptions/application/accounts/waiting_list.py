"""Customers who wait for a channel because no account could make one yet."""

from subscriptions.domain.events import ChannelOutdated
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def wake_waiting(uow: UnitOfWork) -> None:
    """Queue work on every waiting channel, in order of arrival, after the pool gained capacity."""
    for channel in await uow.channels.list_waiting():
        uow.record(ChannelOutdated(channel.id))
