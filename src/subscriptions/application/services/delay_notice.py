"""Telling a customer, once, that the channel takes longer than usual."""

from datetime import timedelta
from typing import Final

from subscriptions.application.dto.jobs import Announce
from subscriptions.domain.entities import notification
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ports.unit_of_work import UnitOfWork

WORTH_TELLING: Final = timedelta(seconds=60)
"""A shorter wait is over before anybody wonders."""


async def tell_delay(uow: UnitOfWork, channel: Channel) -> None:
    """Owe the message to who waits for this channel; owed already is enough."""
    if channel.customer_id is None:
        return
    access = await uow.accesses.of(channel.customer_id, channel.id)
    if access is None or access.status is not AccessStatus.PENDING:
        return
    announce = Announce(
        kind=notification.PROVISIONING_DELAYED,
        customer_id=channel.customer_id,
        subject=channel.id,
        key=str(channel.id),
    )
    await uow.enqueue(announce.job())
