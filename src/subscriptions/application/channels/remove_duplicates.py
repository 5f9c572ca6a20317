"""A request that Telegram carried out after we had given it up leaves a second channel: that one is deleted."""

from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.channels.make_channel import CLOCK_SLACK
from subscriptions.application.channels.replace_channel import facts_of
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import AlreadyTold, Permanent, RetryLater
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, ChannelProvisioner, ChannelRef
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

UNDECIDED: Final = frozenset({ChannelStatus.PLANNED, ChannelStatus.CREATING})
WAIT: Final = timedelta(minutes=1)
LIMITED_WAIT: Final = timedelta(minutes=30)


class RemoveDuplicates:
    """Deletes what bears a channel's marker and is not the channel."""

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._clock = clock

    async def __call__(self, account_id: AccountId, channel_id: ChannelId) -> int:
        """How many were deleted. The caller holds the lease of the account, which need not be the channel's (any more).

        Raises RetryLater while it is open which of them is to be the channel.
        """
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channel = await uow.channels.get(channel_id)
            known = await uow.channels.known_chat_ids(account_id)
        if account is None or channel is None:
            raise Permanent(f"channel {channel_id} or account {account_id} does not exist")
        if channel.status in UNDECIDED:
            raise RetryLater("the channel is not made yet", after=WAIT)
        try:
            async with self._account_care.at_work(account) as telegram:
                found = await telegram.find_channels(channel.marker, channel.created_at - CLOCK_SLACK, known)
                return sum([await self._remove(channel, double, telegram) for double in found])
        except AccountUnavailable as lost:
            if lost.status == AccountStatus.DEAD:
                raise AlreadyTold(str(lost)) from lost
            raise RetryLater(str(lost), after=LIMITED_WAIT) from lost

    async def _remove(self, channel: Channel, double: ChannelRef, telegram: ChannelProvisioner) -> bool:
        """Nobody was ever invited into it; if somebody is inside all the same, a person has to look."""
        async with self._units() as uow:
            ours = await uow.channels.by_chat_id(double.chat_id)
        if ours is not None:
            return False
        if any(not insider.trusted for insider in await telegram.insiders(double)):
            await self._alarm(channel, double)
            return False
        await telegram.delete_channel(double)
        async with self._units() as uow:
            await uow.audit.record(
                actor="system",
                action="channel.double_deleted",
                subject=str(channel.id),
                why="made by a request that was given up",
                at=self._clock.now(),
                facts={"chat": str(double.chat_id)},
            )
            await uow.commit()
        log.warning("double deleted", channel=str(channel.id), chat=double.chat_id)
        return True

    async def _alarm(self, channel: Channel, double: ChannelRef) -> None:
        async with self._units() as uow:
            facts = await facts_of(uow, channel) | {"double": str(double.chat_id)}
            uow.record(AlarmRaised(f"double:{double.chat_id}", "double_in_use", tuple(facts.items())))
            await uow.commit()
