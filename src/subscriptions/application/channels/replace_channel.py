"""Replacement of a customer's channel that was deleted at Telegram."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, TypedDict

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.personal_channel import have_mended, note
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.accounts.watch_losses import lost_for_good
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause, ClosingRule
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.channels.retire_channel import release_backup_admin
from subscriptions.application.dto.jobs import ReplaceChannel as LookForChannel
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WITHOUT_RIGHT, AccessEvent
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import ChannelOutdated, ChannelReplaced
from subscriptions.domain.ids import ChannelId, CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

SURE_AFTER: Final = timedelta(minutes=10)
"""Delay before the bot checks again for a channel that neither the bot nor the owning account found."""

LIVE_STATES: Final = frozenset({ChannelStatus.CREATED, ChannelStatus.READY, ChannelStatus.FROZEN})
"""Statuses in which the channel should exist at Telegram."""


class OfChannel(AlarmKind):
    """Base class of alarms about a customer's channel that a userbot account owns."""

    closes: ClassVar[ClosingRule] = ByCause()
    link = AlarmLink.ACCOUNTS
    channel: str
    customer: CustomerId | None = None
    telegram_id: TelegramId | None = None
    account: str | None = None


class ChannelLost(OfChannel):
    name = "channel_lost"


class ChannelOutOfReach(OfChannel):
    name = "channel_out_of_reach"
    reason: str


class ReplaceChannel:
    """Use case that replaces a channel that its owning account did not find, if the bot does not find the channel
    either.

    The bot has to check because Telegram gives the owning account the same answer if the account was removed from the
    channel or has an outdated access hash.
    """

    def __init__(self, units: UnitOfWorkFactory, maker: InviteMaker, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._maker = maker
        self._clock = clock
        self._grant_access = GrantAccess(policy)

    async def __call__(self, channel_id: ChannelId, *, is_second_look: bool = False) -> None:
        """Check whether a channel that its account did not find twice is gone, and replace it. Raises RetryLater while
        the bot can't check.

        `is_second_look`: True if the bot also did not find the channel some time ago. Checks within a few seconds of
            each other may all be affected by the same failure at Telegram.
        """
        async with self._units() as uow:
            channel = await uow.channels.get(channel_id)
        if (
            channel is None
            or not kind_of_channel(channel).needs_account
            or channel.status not in LIVE_STATES
            or channel.channel_id is None
        ):
            return
        channel_look = await self._maker.look(channel.channel_id)
        async with self._units() as uow:
            if channel_look is None and is_second_look:
                await self._replace(uow, channel)
            elif channel_look is None:
                second = LookForChannel(channel_id=channel.id, again=True)
                await uow.enqueue(second.delayed_job(self._clock.now() + SURE_AFTER, f"lost:{channel.id}"))
            elif is_second_look:
                await have_mended(uow, channel)
            else:
                facts = await channel_facts(uow, channel)
                alarm = ChannelOutOfReach(**facts, reason="the bot still sees the channel")
                await keep_alarm(uow, ChannelOutOfReach, str(channel.id), alarm, self._clock.now())
            await uow.commit()

    async def rehome(self, channel_id: ChannelId) -> None:
        """Give the customer a new channel, because the owning account is permanently lost and the channel has no backup
        admin.
        """
        async with self._units() as uow:
            channel = await uow.channels.get(channel_id)
            owner = channel.account_id if channel is not None else None
            if channel is None or owner is None:
                return
            if channel.id in {each.id for each in await uow.backup_admins.list_orphaned(owner)}:
                await self._replace(uow, channel, rehome=True)
            await uow.commit()

    async def _replace(self, uow: UnitOfWork, channel: Channel, *, rehome: bool = False) -> None:
        now, subscription = self._clock.now(), None
        if channel.customer_id is not None and channel.plan_id is not None:
            # The subscription is locked before the channel, as everywhere else.
            subscription = await uow.subscriptions.live_for(channel.customer_id, channel.plan_id, lock=True)
        lost_channel = await uow.channels.get(channel.id, lock=True)
        if (
            lost_channel is None
            or lost_channel.status not in LIVE_STATES
            or lost_channel.channel_id != channel.channel_id
        ):
            return
        # The accesses are locked before the account.
        accesses = await uow.accesses.of_channel(lost_channel.id, lock=True)
        if rehome and not await _is_ownerless(uow, lost_channel, now):
            return
        alarm = ChannelLost(**await channel_facts(uow, lost_channel))
        is_awaited = any(access.status not in WITHOUT_RIGHT for access in accesses)
        await (_leave_behind if rehome else _give_up)(uow, lost_channel, now)
        another = await self._another(uow, subscription, now) if is_awaited and subscription is not None else None
        if another is None:
            return
        another.replaces = lost_channel.id
        await uow.channels.save(another)
        if another.customer_id is not None:
            uow.record(ChannelReplaced(another.id, another.customer_id))
        if not rehome:
            await keep_alarm(uow, ChannelLost, str(lost_channel.id), alarm, now)

    async def _another(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> Channel | None:
        customer = await uow.customers.get(subscription.customer_id)
        plan = await uow.plans.get(subscription.plan_id)
        if customer is None or plan is None or not self._grant_access.timely(subscription, plan, now):
            return None
        await self._grant_access.grant(uow, subscription, customer, plan, now)
        return await uow.channels.personal_of(customer.id, plan.id)


async def _is_ownerless(uow: UnitOfWork, channel: Channel, now: datetime) -> bool:
    """Return True if the owning account is permanently lost. The account is locked, so that the channel is kept if the
    account is signed in concurrently.
    """
    owner = await uow.accounts.get(channel.account_id, lock=True) if channel.account_id is not None else None
    return owner is not None and await lost_for_good(uow, owner, now)


async def _leave_behind(uow: UnitOfWork, channel: Channel, now: datetime) -> None:
    """Mark a channel whose account is lost as given up. The channel is deleted at Telegram if the account can be used
    again.
    """
    await _revoke_invites(uow, channel, now)
    channel.mark_deleted()
    channel.delete_at = now
    await uow.channels.save(channel)
    uow.record(ChannelOutdated(channel.id))
    await note(uow, channel, "channel.left_behind", "its account is lost, and nobody stands behind it", now)


async def _give_up(uow: UnitOfWork, channel: Channel, now: datetime) -> None:
    """Mark a channel that was deleted at Telegram as given up, and end its accesses and links."""
    await _revoke_invites(uow, channel, now)
    await release_backup_admin(uow, channel.id)
    account = await uow.accounts.get(channel.account_id, lock=True) if channel.account_id is not None else None
    if account is not None:
        account.channel_deleted()
        await uow.accounts.save(account)
    channel.mark_deleted()
    channel.mark_gone()
    await uow.channels.save(channel)
    await note(uow, channel, "channel.lost", "gone at Telegram: neither its account nor the bot sees it", now)


async def _revoke_invites(uow: UnitOfWork, channel: Channel, now: datetime) -> None:
    for invite in await uow.channels.live_invites(channel.id):
        invite.revoke(now)
        await uow.channels.save_invite(invite)
    for access in await uow.accesses.of_channel(channel.id, lock=True):
        access.apply(AccessEvent.ENDED)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)


class ChannelNames(TypedDict):
    """Facts that every alarm about a customer's channel has."""

    channel: str
    customer: CustomerId | None
    telegram_id: TelegramId | None
    account: str | None


async def channel_facts(uow: UnitOfWork, channel: Channel) -> ChannelNames:
    """Return the facts for an alarm about a customer's channel."""
    customer = await uow.customers.get(channel.customer_id) if channel.customer_id is not None else None
    account = await uow.accounts.get(channel.account_id) if channel.account_id is not None else None
    return ChannelNames(
        channel=channel.title,
        customer=customer.id if customer is not None else None,
        telegram_id=customer.telegram_id if customer is not None else None,
        account=f"{account.id} {account.label}".strip() if account is not None else None,
    )
