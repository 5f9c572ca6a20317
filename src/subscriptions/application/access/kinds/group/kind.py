"""The strategy of a group that all who pay for it share: opened and closed as a shared channel is."""

from collections.abc import Sequence

from subscriptions.application.access.chat_place import BASIC
from subscriptions.application.access.kinds.shared_channel.kind import SharedChannel
from subscriptions.domain.entities.channel import Channel, ChannelKind
from subscriptions.domain.entities.resource import GROUP, Resource
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class Group(SharedChannel):
    """Its members write there themselves, so no sender bot has to be an administrator; picks stand in it where each
    plan has a topic there."""

    name = GROUP
    names_who_comes = True
    may_have_ritual = False
    chat_types = ("supergroup", BASIC)
    place_kinds = (ChannelKind.GROUP,)
    own_acts = ("arrange_group",)
    sender_rights = ()

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """In the plan's topic; without topics a group is for its members' own words."""
        return await super().posts_to(uow, resource, plan_id) if resource.topics else []
