"""Lookup of the VIP channel for staff."""

from dataclasses import dataclass

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class SeeVipChannel:
    """Use case that returns the VIP channel."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.SET_UP_CHANNEL)
    async def __call__(self, uow: UnitOfWork) -> Channel | None:
        """Return the VIP channel; None if none is set up. Raises NotAllowed if the actor lacks the permission."""
        return await uow.of(VIP_KEY).channel()
