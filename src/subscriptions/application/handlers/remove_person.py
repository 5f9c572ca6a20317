"""Putting somebody out whose right has ended: the bot first, it needs only the person's number."""

import structlog

from subscriptions.domain.entities.access import AccessEvent, AccessStatus
from subscriptions.domain.ids import AccessId
from subscriptions.domain.ports.channel_door import ChannelDoor
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class RemovePerson:
    """Removes one customer from one channel, if the right is still over."""

    def __init__(self, units: UnitOfWorkFactory, door: ChannelDoor, clock: Clock) -> None:
        self._units = units
        self._door = door
        self._clock = clock

    async def __call__(self, access_id: AccessId) -> None:
        """Raises RetryLater or Permanent; the access stays `revoking`, visible, until it is done."""
        async with self._units() as uow:
            access = await uow.accesses.get(access_id)
            customer = await uow.customers.get(access.customer_id) if access else None
            channel = await uow.channels.get(access.channel_id) if access else None
        if access is None or customer is None or access.status is not AccessStatus.REVOKING:
            return
        if channel is not None and channel.channel_id is not None and customer.staff_role is None:
            await self._door.decline(channel.channel_id, customer.telegram_id)
            await self._door.remove(channel.channel_id, customer.telegram_id)
        async with self._units() as uow:
            access = await uow.accesses.get(access_id, lock=True)
            if access is not None and access.apply(AccessEvent.REMOVED):
                await uow.accesses.save(access)
                await uow.audit.record(
                    actor="system",
                    action="access.revoked",
                    subject=str(access.id),
                    why="the subscription ended",
                    at=self._clock.now(),
                )
                await uow.commit()
                log.info("access revoked", access=str(access.id))
