"""Strategy for content that the bot delivers: it has no chat to join, and every delivery checks the entitlement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.application.access.content import opened_by
from subscriptions.application.access.resource_kind import Entitlement, ResourceKind
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
    """Strategy for content that the bot delivers. The customer's live plans alone decide the entitlement; no access row
    is stored.
    """

    name = CONTENT
    has_chat = False
    strangers_go = False
    own_commands = ("change_content",)
    sender_rights = ()

    async def grant(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Deliver the content once, for the customer's oldest subscription that includes it.

        The content is not delivered again after a renewal or for a second plan.
        """
        accesses = await opened_by(
            uow, entitlement.customer.id, entitlement.resource, entitlement.policy, entitlement.now
        )
        if accesses:
            key = f"{entitlement.resource.id}:{accesses[0].id}"
            uow.record(ContentOpened(entitlement.customer.id, entitlement.resource.id, key))

    async def settle(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Deliver the content to a newly entitled customer. A customer who is no longer entitled is refused at the next
        request.
        """
        await self.grant(uow, entitlement)

    async def withdraw(self, uow: UnitOfWork, entitlement: Entitlement) -> None:
        """Do nothing: the customer's plans alone decide the entitlement."""

    async def take_along(
        self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
    ) -> None:
        """Do nothing: content does not belong to a single customer."""

    async def find_channel(
        self, uow: UnitOfWork, resource: Resource, customer_id: CustomerId, plan_id: PlanId
    ) -> Channel | None:
        """Return None: content has no chat."""
        return None

    async def is_open(self, uow: UnitOfWork, resource: Resource) -> bool:
        """Return True if the operator has stored the content of the resource."""
        return await uow.resources.content(resource.id) is not None

    async def renew_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime
    ) -> bool:
        """Return False: content has no invite link."""
        return False

    async def resend_invite(
        self, uow: UnitOfWork, channel: Channel, access: Access, operation: UUID, policy: Policy, now: datetime
    ) -> bool:
        """Return False: content has no invite link."""
        return False

    async def links(self, uow: UnitOfWork, channel: Channel, access: Access) -> Sequence[Invite]:
        """Return no links: content has no invite link."""
        return []

    async def may_pass(self, uow: UnitOfWork, channel: Channel, access: Access | None) -> bool:
        """Return False: content has no join requests."""
        return False

    async def came_by_another(
        self, uow: UnitOfWork, channel: Channel, access: Access | None, via: str, now: datetime
    ) -> bool:
        """Return False: content has no invite link."""
        return False

    async def on_entry(self, uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> None:
        """Do nothing: content has no chat."""

    async def on_exit(
        self, uow: UnitOfWork, channel: Channel, access: Access, policy: Policy, now: datetime, *, is_revoked: bool
    ) -> None:
        """Do nothing: content has no chat."""

    async def on_ban(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Do nothing: content has no chat."""

    async def on_return(self, uow: UnitOfWork, channel: Channel, access: Access) -> None:
        """Do nothing: content has no chat."""

    async def stranger_removed(self, uow: UnitOfWork, channel: Channel, now: datetime) -> None:
        """Do nothing: content has no chat."""

    async def posts_to(self, uow: UnitOfWork, resource: Resource, plan_id: PlanId) -> Sequence[Channel]:
        """Return no chats: content has no chat."""
        return []
