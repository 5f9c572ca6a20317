"""Chats and other resources of a customer's plan, in the plan's order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.access.content import has_content
from subscriptions.application.access.kinds.shared_channel.grant_shared import entry_at
from subscriptions.application.access.resource_kind import kind_named, kind_of
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def resources_of(uow: UnitOfWork, plan: ServicePlan) -> Sequence[Resource]:
    """Return the resources that a plan includes, in the plan's order."""
    resources = {each.soft_id: each for each in await uow.resources.by_soft_ids(plan.opens)}
    return [resources[name] for name in plan.opens if name in resources]


async def own_names(uow: UnitOfWork) -> frozenset[str]:
    """Return the slugs of the resources of which each customer gets a separate chat."""
    kinds = {each.soft_id: kind_named(each.kind) for each in await uow.resources.all()}
    return frozenset(name for name, kind in kinds.items() if kind is not None and kind.for_one)


async def gives_own(uow: UnitOfWork, plan: ServicePlan) -> bool:
    """Return True if the plan includes a resource of which each customer gets a separate chat."""
    return any(kind_of(each).for_one for each in await resources_of(uow, plan))


async def chats_with_access(
    uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan
) -> Sequence[tuple[Channel | None, Access | None]]:
    """Return the chat of each resource of the plan, in order, with the customer's access to it."""
    chats = list[tuple[Channel | None, Access | None]]()
    for resource in await resources_of(uow, plan):
        channel = await kind_of(resource).find_channel(uow, resource, customer_id, plan.id)
        chats.append((channel, await uow.accesses.find(customer_id, channel.id) if channel is not None else None))
    return chats


async def chats_to_rejoin(
    uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan
) -> Sequence[tuple[Channel, Access]]:
    """Return the plan's chats with the accesses of a customer who requests links. If the customer had left a chat, the
    status of that access becomes `pending` again.
    """
    chats = list[tuple[Channel, Access]]()
    for channel, access in await chats_with_access(uow, customer_id, plan):
        if channel is not None and access is not None:
            chats.append((channel, await asked_back(uow, access)))
    return chats


async def asked_back(uow: UnitOfWork, access: Access) -> Access:
    """Return the access of a customer who requests a link. If the customer had left the chat, the status becomes
    `pending` again, and the access is saved.
    """
    is_away = access.status is AccessStatus.LEFT
    locked_access = await uow.accesses.get(access.id, lock=True) if is_away else None
    if locked_access is not None and locked_access.ask_back():
        await uow.accesses.save(locked_access)
    return locked_access or access


@dataclass(frozen=True, kw_only=True)
class ChatView:
    """One resource of a plan as its customer sees it.

    access: None until the customer gets access
    invite: a working link; None if the customer is a member or has no link
    handed_over: slug of content that the bot delivers on request; None for a chat, and for a customer who may not have
        the content now
    ritual: True if the resource has entry steps
    stage: current entry step; None once all are complete
    left_at: time at which the customer left; None unless the customer left and has not requested a new link
    """

    title: str
    access: AccessStatus | None
    invite: Invite | None
    channel: Channel | None
    left_at: datetime | None = None
    handed_over: str | None = None
    ritual: bool = False
    stage: int | None = None


async def chats_of(
    uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan, policy: Policy, now: datetime
) -> tuple[ChatView, ...]:
    """Return the views of a plan's resources in order, followed by those of the customer's grandfathered
    entitlements.
    """
    kept_resources = [
        each for each in await uow.resources.kept_of_plan(customer_id, plan.id) if each.soft_id not in plan.opens
    ]
    views = []
    for resource in (*await resources_of(uow, plan), *kept_resources):
        kind = kind_of(resource)
        if not kind.has_chat:
            views.append(await _handed_over(uow, customer_id, resource, policy, now))
            continue
        channel = await kind.find_channel(uow, resource, customer_id, plan.id)
        access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
        links = await kind.links(uow, channel, access) if channel is not None and access is not None else []
        link = next((each for each in reversed(links) if each.usable(now)), None)
        entry = await entry_at(uow, channel, customer_id) if channel is not None and resource.has_ritual else None
        views.append(
            ChatView(
                title=channel.title if channel is not None and not kind.for_one else plan.name,
                access=access.status if access is not None else None,
                invite=link,
                channel=channel,
                left_at=left_at(access),
                ritual=resource.has_ritual,
                stage=entry.vip_entry_stage if entry is not None else None,
            )
        )
    return tuple(views)


def left_at(access: Access | None) -> datetime | None:
    """Return the time at which a customer left a chat. Return None unless the customer left voluntarily."""
    return access.left_at if access is not None and access.status is AccessStatus.LEFT else None


async def _handed_over(
    uow: UnitOfWork, customer_id: CustomerId, resource: Resource, policy: Policy, now: datetime
) -> ChatView:
    content_name = resource.soft_id if await has_content(uow, customer_id, resource, policy, now) else None
    access = None if content_name else AccessStatus.SUSPENDED
    return ChatView(title=resource.title, access=access, invite=None, channel=None, handed_over=content_name)


async def channel_for(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> Channel | None:
    """Return the customer's channel for the first resource of the plan that has a chat. Return None if no resource has
    one, or if the channel does not exist yet.
    """
    chats = [each for each in await resources_of(uow, plan) if kind_of(each).has_chat]
    return await kind_of(chats[0]).find_channel(uow, chats[0], customer_id, plan.id) if chats else None


async def first_chat_of(
    uow: UnitOfWork, subscription: Subscription, plan: ServicePlan | None
) -> tuple[Channel | None, Access | None]:
    """Return the first chat of a subscription, and the customer's access to it. `plan`: the subscription's plan."""
    channel = await channel_for(uow, subscription.customer_id, plan) if plan is not None else None
    return channel, await uow.accesses.find(subscription.customer_id, channel.id) if channel is not None else None


async def makes_vip(uow: UnitOfWork, subscription: Subscription, plan: ServicePlan | None) -> bool:
    """Return True if the subscription currently includes the VIP channel, by the same rule as the database view
    `customer_roles`. `plan`: the subscription's plan.
    """
    if not subscription.live or subscription.is_paused:
        return False
    opened_resources = (*(await resources_of(uow, plan) if plan else ()), *await uow.resources.kept_by(subscription.id))
    return any(each.is_vip for each in opened_resources)


async def leads_nowhere(uow: UnitOfWork, plan: ServicePlan) -> bool:
    """Return True if a resource of the plan can't be delivered now, so that customers of the plan could not use it."""
    return not all([await kind_of(each).is_open(uow, each) for each in await resources_of(uow, plan)])
