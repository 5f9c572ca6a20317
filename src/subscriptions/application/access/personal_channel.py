"""Life cycle of a customer's own channel. A pre-created channel is assigned at a sale, the channel is moved when the
customer changes to another plan, and it is frozen once no customer has access.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WITHOUT_RIGHT, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import ChannelOutdated
from subscriptions.domain.ids import ChannelId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import channel_texts


async def is_left_by_all(uow: UnitOfWork, channel: Channel) -> bool:
    """Return True if a personal channel had customers and every access to it is revoked."""
    accesses = await uow.accesses.of_channel(channel.id)
    all_out = all(access.status is AccessStatus.REVOKED for access in accesses)
    return kind_of_channel(channel).for_one and bool(accesses) and all_out


async def is_unwanted(uow: UnitOfWork, channel: Channel) -> bool:
    """Return True if the channel had customers and none of them is entitled to access any more."""
    accesses = await uow.accesses.of_channel(channel.id)
    return bool(accesses) and all(access.status in WITHOUT_RIGHT for access in accesses)


async def freeze_if_empty(uow: UnitOfWork, channel: Channel, retention: timedelta, now: datetime) -> bool:
    """Freeze a channel to which no customer has access any more, and schedule its deletion. Return True if the channel
    was frozen. The caller must hold the lock of the channel. `retention`: time until the deletion.
    """
    if not await is_left_by_all(uow, channel):
        return False
    delete_at = now + retention
    if not channel.freeze(delete_at):
        return False
    await uow.channels.save(channel)
    uow.record(ChannelOutdated(channel.id))
    see_to = jobs.AssignChannel(channel_id=channel.id)
    await uow.enqueue(see_to.delayed_job(delete_at, f"retire:{channel.id}:{delete_at.isoformat()}"))
    await note(uow, channel, "channel.frozen", "nobody has a right to it", now)
    return True


async def have_mended(uow: UnitOfWork, channel: Channel) -> bool:
    """Queue a check and repair of the channel's setup by the owning account. Return False if no userbot account owns
    the channel.
    """
    if channel.account_id is None or not kind_of_channel(channel).needs_account:
        return False
    look = jobs.TendChannel(account_id=channel.account_id, channel_id=channel.id, mend=True)
    await uow.enqueue(look.keyed_job(f"mend:{channel.id}"))
    return True


async def note(uow: UnitOfWork, channel: Channel, action: str, reason: str, now: datetime) -> None:
    """Record a change of a channel and its reason in the audit log."""
    await uow.audit.record(actor="system", action=action, subject=str(channel.id), reason=reason, at=now)
    log.info(action, channel=str(channel.id), chat=channel.channel_id)


log = structlog.get_logger(__name__)

UNDER_WAY: Final = timedelta(minutes=10)
"""Usual maximum time for creating a channel, including a flood wait imposed by Telegram. A channel that is unfinished
after this time is stuck.
"""


async def take_precreated_channel(
    uow: UnitOfWork, subscription: Subscription, title: str, now: datetime
) -> Channel | None:
    """Assign a pre-created channel to the customer of `subscription`, change its title, and return it. Return None if
    none is available.
    """
    accounts = [account.id for account in await uow.accounts.list_without_secrets() if account.may_hand_over(now)]
    channel = await uow.channels.take_precreated(accounts, now - UNDER_WAY) if accounts else None
    if channel is None:
        return None
    channel.adopt(subscription.customer_id, subscription.plan_id, subscription.id, title, now)
    await uow.channels.save(channel)
    await note(uow, channel, "channel.taken_from_stock", "a sale", now)
    return channel


async def reachable_precreated(uow: UnitOfWork, accounts: Sequence[UserbotAccount]) -> list[Channel]:
    """Return the usable pre-created channels, including unfinished ones. Channels of dead or retired accounts are left
    out.
    """
    idle_accounts = {account.id for account in accounts if not account.in_service}
    return [channel for channel in await uow.channels.precreated() if channel.account_id not in idle_accounts]


async def replace_lost(uow: UnitOfWork, channel_id: ChannelId, reason: str, now: datetime) -> bool:
    """Queue the creation of a new channel for a customer whose pre-created channel, or its account, is lost. Return
    False for any other channel.
    """
    channel = await uow.channels.get(channel_id, lock=True)
    owner = channel.account_id if channel is not None else None
    if channel is None or not channel.mark_lost(now):
        return False
    account = await uow.accounts.get(owner, lock=True) if owner is not None else None
    if account is not None:
        account.channel_deleted()
        await uow.accounts.save(account)
    await uow.channels.save(channel)
    await note(uow, channel, "channel.replaced", reason, now)
    uow.record(ChannelOutdated(channel.id))
    return True


async def take_along(
    uow: UnitOfWork, subscription: Subscription, target: ServicePlan, policy: Policy, now: datetime
) -> None:
    """Move the customer's channel to the plan that the subscription changes to.

    If the customer has an earlier channel of the target plan, the two channels swap plans, because a customer has one
    channel per plan.
    """
    found_channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    customer = await uow.customers.get(subscription.customer_id)
    if found_channel is None or customer is None:
        return
    channel = await uow.channels.get(found_channel.id, lock=True)
    kept_channel = await uow.channels.personal_of(subscription.customer_id, target.id)
    other = await uow.channels.get(kept_channel.id, lock=True) if kept_channel is not None else None
    if channel is None or channel.plan_id != subscription.plan_id:
        return
    if other is not None:
        other.plan_id = None
        await uow.channels.save(other)
    title = channel_texts.channel_title(policy.channel_title, policy.brand, target, customer)
    channel.serve(target.id, title, now)
    await uow.channels.save(channel)
    if other is not None:
        other.plan_id = subscription.plan_id
        await uow.channels.save(other)
    if channel.renamed_at is not None:
        uow.record(ChannelOutdated(channel.id))
