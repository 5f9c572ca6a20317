"""Bans by chat administrators, with the owner alert and the audit entry for each ban. Umbral's own removals end with an
unban, so a lasting ban is an administrator's decision. The customer's access stays on hold until the ban is lifted
in Telegram or staff readmit the customer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from subscriptions.application.access.plan_chats import resources_of
from subscriptions.application.access.resource_kind import kind_of, kind_of_channel
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
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
"""Audit action of a lifted ban. The customer's history shows this action, `LEFT` and `BANNED`."""


async def is_ban_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the access that the alarm is about is no longer on hold because of a ban."""
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    return access_id is not None and (access is None or access.status is not AccessStatus.BANNED)


class PayerBanned(AlarmKind):
    """Alarm: a chat administrator banned a paying customer.

    `banned_by`: the administrator's Telegram id; None if the ban was found by a status check.
    """

    name = "payer_banned"
    closes = ByCheck(is_ban_over)
    link = AlarmLink.BAN
    access: AccessId
    customer: CustomerId
    channel: str
    banned_by: TelegramId | None = None


async def note_ban(uow: UnitOfWork, channel: Channel, access: Access, by: TelegramId | None, now: datetime) -> None:
    """Record a ban in the audit log and alert the owners. The access must be saved already."""
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
    """End the hold that a ban put on an access, and save the access. Return True if the status of the access changed.

    The customer gets a new invite link. If another pause keeps the customer out of the chat, the access is suspended
    instead.
    """
    if not access.pardon(now):
        return False
    kind = kind_of_channel(channel)
    if await may_return(uow, access):
        await uow.accesses.save(access)
        await kind.on_return(uow, channel, access)
    else:
        access.suspend(is_shared=not kind.for_one)
        await uow.accesses.save(access)
    return True


async def may_return(uow: UnitOfWork, access: Access) -> bool:
    """Return True if a customer whose ban from a chat was lifted may return: no subscription includes the chat, or one
    that does is not paused for another reason than the ban.
    """
    entitlements = await subscriptions_to(uow, access.customer_id, access.channel_id)
    return not entitlements or any(not each.is_paused or each.paused_for == {BAN} for each, _ in entitlements)


async def subscriptions_to(
    uow: UnitOfWork, customer_id: CustomerId, channel_id: ChannelId
) -> Sequence[tuple[Subscription, ServicePlan]]:
    """Return the customer's live subscriptions that include a chat, with their plans. Grandfathered entitlements count
    too.
    """
    found = []
    for subscription in await uow.subscriptions.of_customer(customer_id):
        plan = await uow.plans.get(subscription.plan_id) if subscription.live else None
        if plan is None:
            continue
        resources = [*await resources_of(uow, plan), *await uow.resources.kept_by(subscription.id)]
        channels = [await kind_of(each).find_channel(uow, each, customer_id, plan.id) for each in resources]
        if any(channel is not None and channel.id == channel_id for channel in channels):
            found.append((subscription, plan))
    return found


async def is_hold_outdated(uow: UnitOfWork, subscription: Subscription, plan: ServicePlan) -> bool:
    """Return True if a live subscription is paused for bans but should not be, or should be paused but is not."""
    is_held = BAN in subscription.paused_for
    accesses = await uow.accesses.of_customer(subscription.customer_id) if subscription.live else []
    if not is_held and all(each.status is not AccessStatus.BANNED for each in accesses):
        return False
    return subscription.live and await is_banned_from_all(uow, subscription.customer_id, plan) is not is_held


async def is_banned_from_all(uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan) -> bool:
    """Return True if a customer is banned from every chat that a plan includes, grandfathered entitlements included."""
    resources = [*await resources_of(uow, plan), *await uow.resources.kept_of_plan(customer_id, plan.id)]
    for resource in resources:
        channel = await kind_of(resource).find_channel(uow, resource, customer_id, plan.id)
        access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
        if access is None or access.status is not AccessStatus.BANNED:
            return False
    return bool(resources)
