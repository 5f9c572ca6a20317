"""Resumption of channels that could not be created because no userbot account had capacity."""

from subscriptions.domain.events import ChannelOutdated
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def wake_waiting(uow: UnitOfWork) -> None:
    """Queue work on every channel that waits for an account, oldest first, after the pool gained capacity."""
    for channel in await uow.channels.list_waiting():
        uow.record(ChannelOutdated(channel.id))
