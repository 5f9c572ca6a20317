"""The strategy of what the bot hands over in the chat: there is no door, and the right is asked for each time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.application.access.content import opened_by
from subscriptions.application.access.resource_kind import Opening, ResourceKind
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.resource import CONTENT, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import ContentOpened
from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class HandedOver(ResourceKind):
    """Nobody is inside anywhere: the right is that of the customer's live plans, and nothing beside them is kept."""

    name = CONTENT
    has_chat = False
    strangers_go = False
    own_acts = ("change_content",)
    sender_rights = ()

    async def grant(self, uow: UnitOfWork, opening: Opening) -> None:
        """Given once for the oldest agreement that opens it: a renewal, or a second plan, gives it no second time."""
        accesses = await opened_by(uow, opening.customer.id, opening.resource, opening.policy, opening.now)
        if accesses:
            key = f"{opening.resource.id}:{accesses[0].id}"
            uow.record(ContentOpened(opening.customer.id, opening.resource.id, key))

    async def settle(self, uow: UnitOfWork, opening: Opening) -> None:
        """Whoever comes to have it is given it; who has it no more is refused when they ask."""
        await self.grant(uow, opening)

    async def withdraw(self, uow: UnitOfWork, opening: Opening) -> None:
        """The plans say so already."""

    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """Nothing of it is one customer's."""

    async def place(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """There is none, so that nothing below is ever asked of a chat."""
        return None

    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Whether there is something to give."""
        return await uow.resources.content(resource.id) is not None

    async def renew_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """No link leads there."""
        return False

    async def resend_invite(
        self, uow: UnitOfWork, place: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """No link leads there."""
        return False

    async def links(self, uow: UnitOfWork, place: Channel, access: Access) -> Sequence[Invite]:
        """No link leads there."""
        return []

    async def may_pass(self, uow: UnitOfWork, place: Channel, access: Access | None) -> bool:
        """There is no door."""
        return False

    async def came_by_another(
        self, uow: UnitOfWork, place: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """There is no door."""
        return False

    async def on_entry(self, uow: UnitOfWork, place: Channel, access: Access, now: datetime) -> None:
        """Nobody is inside."""

    async def on_exit(
        self, uow: UnitOfWork, place: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Nobody is inside."""

    async def on_ban(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """There is no chat to be banned from."""

    async def on_return(self, uow: UnitOfWork, place: Channel, access: Access) -> None:
        """Nobody was put out."""

    async def stranger_removed(self, uow: UnitOfWork, place: Channel, now: datetime) -> None:
        """Nobody is inside."""

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Nowhere."""
        return []
