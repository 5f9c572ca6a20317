"""Customers who wait for a channel that no account could make so far."""

from subscriptions.domain.events import ChannelOutdated
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def wake_waiting(uow: UnitOfWork) -> None:
    """The pool can do more than when it was last asked: see to whoever waits for it now, in the order they came."""
    for channel in await uow.channels.list_waiting():
        uow.record(ChannelOutdated(channel.id))
