"""Bans by a person who administers a chat: the alarm about them, and what is on record of them.

A removal of ours ends in an unban, so a ban that lasts is somebody's decision. It holds the access until it is lifted
at Telegram, or staff lets the customer in again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from subscriptions.application.access.resource_kind import kind_of, kind_of_place
from subscriptions.application.access.way import resources_of
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import BAN, Subscription
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

LEFT: Final = "access.left"
BANNED: Final = "access.banned"
PARDONED: Final = "access.pardoned"
"""Actions in the audit, by which a customer's story tells of them."""


async def is_ban_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the access that an alarm is about is not held by a ban any more."""
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    return access_id is not None and (access is None or access.status is not AccessStatus.BANNED)


class PayerBanned(AlarmKind):
    """Somebody who administers a chat banned a customer who has paid. banned_by: that person's Telegram id,
    None where Telegram was asked how the customer stands."""

    name = "payer_banned"
    closes = ByCheck(is_ban_over)
    way = Way.BAN
    access: AccessId
    customer: CustomerId
    channel: str
    banned_by: TelegramId | None = None


async def note_ban(uow: UnitOfWork, channel: Channel, access: Access, by: TelegramId | None, now: datetime) -> None:
    """Record a ban in the audit, and tell the owners. The access is saved already."""
    await uow.audit.record(
        actor=str(by) if by is not None else "system",
        action=BANNED,
        subject=str(access.id),
        reason="banned by somebody who administers the chat",
        at=now,
    )
    alarm = PayerBanned(access=access.id, customer=access.customer_id, channel=channel.title, banned_by=by)
    uow.record(alarm.raise_event(f"payer_banned:{access.id}:{now.isoformat()}", now))


async def lift_hold(uow: UnitOfWork, channel: Channel, access: Access, now: datetime) -> bool:
    """End the hold of a ban: the customer gets a new link, unless something else keeps them out; then the access rests.

    Save the access. Return True if its status changed.
    """
    if not access.pardon(now):
        return False
    kind = kind_of_place(channel)
    if await _may_return(uow, access):
        await uow.accesses.save(access)
        await kind.on_return(uow, channel, access)
    else:
        access.suspend(is_shared=not kind.for_one)
        await uow.accesses.save(access)
    return True


async def _may_return(uow: UnitOfWork, access: Access) -> bool:
    """Return False if all subscriptions that open the chat are paused for something other than the ban."""
    openings = await subscriptions_to(uow, access.customer_id, access.channel_id)
    return not openings or any(not each.rests or each.paused_for == {BAN} for each, _ in openings)


async def subscriptions_to(
    uow: UnitOfWork, customer_id: CustomerId, channel_id: ChannelId
) -> Sequence[tuple[Subscription, ServicePlan]]:
    """Return the customer's live subscriptions that open a chat, with their plans."""
    found = []
    for subscription in await uow.subscriptions.of_customer(customer_id):
        plan = await uow.plans.get(subscription.plan_id) if subscription.live else None
        if plan is None:
            continue
        for resource in await resources_of(uow, plan):
            place = await kind_of(resource).place(uow, resource, customer_id, plan.id)
            if place is not None and place.id == channel_id:
                found.append((subscription, plan))
    return found


async def is_hold_outdated(uow: UnitOfWork, subscription: Subscription, plan: ServicePlan) -> bool:
    """Return True if a live subscription is paused for bans and should not be, or should be and is not."""
    is_held = BAN in subscription.paused_for
    accesses = await uow.accesses.of_customer(subscription.customer_id) if subscription.live else []
    if not is_held and all(each.status is not AccessStatus.BANNED for each in accesses):
        return False
    return subscription.live and await is_banned_from_all(uow, subscription.customer_id, plan) is not is_held


async def is_banned_from_all(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> bool:
    """Return True if a customer is banned from everything that a plan opens."""
    resources = await resources_of(uow, plan)
    for resource in resources:
        place = await kind_of(resource).place(uow, resource, customer_id, plan.id)
        access = await uow.accesses.find(customer_id, place.id) if place is not None else None
        if access is None or access.status is not AccessStatus.BANNED:
            return False
    return bool(resources)
