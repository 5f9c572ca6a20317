"""Strategy of a group shared by all customers who pay for it; access works as in a shared channel."""

from collections.abc import Sequence

from subscriptions.application.access.chat_check import BASIC
from subscriptions.application.access.kinds.shared_channel.kind import SharedChannel
from subscriptions.domain.entities.channel import Channel, ChannelKind
from subscriptions.domain.entities.resource import GROUP, Resource
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class Group(SharedChannel):
    """Strategy of a shared group.

    Members write in the group themselves, so no sender bot must be an administrator. Posts go to a group only if the
    group has a topic for each plan.
    """

    name = GROUP
    names_who_comes = True
    may_have_ritual = False
    chat_types = ("supergroup", BASIC)
    channel_kinds = (ChannelKind.GROUP,)
    own_commands = ("arrange_group",)
    sender_rights = ()

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return the group if it has topics, in which case the plan's posts go to its topic; otherwise return
        no chats.
        """
        return await super().posts_to(uow, resource, plan_id) if resource.topics else []
