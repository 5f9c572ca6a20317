"""The strategy of a group that all who pay for it share: opened and closed as a shared channel is."""

from collections.abc import Sequence

from subscriptions.application.access.kinds.shared_channel.kind import SharedChannel
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, Resource
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class Group(SharedChannel):
    """Its members write there themselves, so no sender bot has to be an administrator, and picks do not stand in it."""

    name = GROUP
    names_who_comes = True
    sender_rights = ()

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """None: a group is for its members' own words."""
        return []
