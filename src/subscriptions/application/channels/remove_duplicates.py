"""Deletion of duplicate channels. A duplicate results if Telegram executes a creation request after Umbral has given
the request up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_causes import LOOK_EVERY, OF_BEFORE
from subscriptions.application.alarms.alarm_kind import ByCheck
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.channels.make_channel import CLOCK_SLACK
from subscriptions.application.channels.replace_channel import OfChannel, channel_facts
from subscriptions.application.dto.jobs import TendChannel
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import AlreadyReported, Permanent, RetryLater
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, ChannelProvisioner, ChannelRef
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

OPEN_STATES: Final = frozenset({ChannelStatus.PLANNED, ChannelStatus.CREATING})
WAIT: Final = timedelta(minutes=1)
LIMITED_WAIT: Final = timedelta(minutes=30)


class DoubleInUse(OfChannel):
    """Alarm: a duplicate of a customer's channel has a member, so that it was not deleted and staff must decide."""

    name = "double_in_use"
    closes = ByCheck(alarm_causes.double_looked_at)
    double: str


@dataclass(frozen=True)
class RemoveDuplicates:
    """Use case that deletes all channels with the marker of a recorded channel except the recorded channel itself."""

    units: UnitOfWorkFactory
    account_care: AccountCare
    clock: Clock

    async def __call__(self, account_id: AccountId, channel_id: ChannelId) -> int:
        """Delete the duplicates, and return their number. The caller must hold the lease of the account, which need not
        own the channel.

        Raises RetryLater until the recorded channel exists.
        """
        async with self.units() as uow:
            account = await uow.accounts.get(account_id)
            channel = await uow.channels.get(channel_id)
            chat_ids = await uow.channels.known_chat_ids(account_id)
        if account is None or channel is None:
            raise Permanent(f"channel {channel_id} or account {account_id} does not exist")
        if channel.status in OPEN_STATES:
            raise RetryLater("the channel is not made yet", delay=WAIT)
        try:
            async with self.account_care.at_work(account) as telegram:
                channel_refs = await telegram.find_channels(channel.marker, channel.created_at - CLOCK_SLACK, chat_ids)
                doubles = [each for each in channel_refs if not await self._is_ours(each)]
                used_channel_refs = [each for each in doubles if await self._is_used(each, telegram)]
                # The alarm comes first, so that it is raised even if a later step fails.
                await self._keep_alarm(account_id, channel, used_channel_refs)
                for each in doubles:
                    if each not in used_channel_refs:
                        await self._remove(channel, each, telegram)
                return len(doubles) - len(used_channel_refs)
        except AccountUnavailable as error:
            if error.status == AccountStatus.DEAD:
                raise AlreadyReported(str(error)) from error
            raise RetryLater(str(error), delay=LIMITED_WAIT) from error

    async def _is_ours(self, channel_ref: ChannelRef) -> bool:
        async with self.units() as uow:
            return await uow.channels.by_chat_id(channel_ref.chat_id) is not None

    async def _is_used(self, double: ChannelRef, telegram: ChannelProvisioner) -> bool:
        """Return True if a person is a member of the duplicate. Umbral never invited anyone to it, so staff must decide
        about the channel.
        """
        return any(not insider.is_trusted for insider in await telegram.insiders(double))

    async def _remove(self, channel: Channel, double: ChannelRef, telegram: ChannelProvisioner) -> None:
        await telegram.delete_channel(double)
        async with self.units() as uow:
            await uow.audit.record(
                actor="system",
                action="channel.double_deleted",
                subject=str(channel.id),
                reason="made by a request that was given up",
                at=self.clock.now(),
                facts={"chat": str(double.chat_id)},
            )
            await uow.commit()
        log.warning("double deleted", channel=str(channel.id), chat=double.chat_id)

    async def _keep_alarm(self, account_id: AccountId, channel: Channel, channel_refs: Sequence[ChannelRef]) -> None:
        """Keep the alarm open, and check the duplicates daily while one has a member, because Telegram reports neither
        the member's exit nor a deletion by staff.
        """
        now = self.clock.now()
        async with self.units() as uow:
            alarm_now = None
            if channel_refs:
                doubles = ", ".join(str(each.chat_id) for each in channel_refs)
                alarm_now = DoubleInUse(**await channel_facts(uow, channel), double=doubles)
                look = TendChannel(account_id=account_id, channel_id=channel.id, look=True)
                await uow.enqueue(look.delayed_job(now + LOOK_EVERY, f"double:{channel.id}:{account_id}"))
            await keep_alarm(uow, DoubleInUse, f"{channel.id}:{account_id}", alarm_now, now)
            facts = DoubleInUse(**await channel_facts(uow, channel), double="").facts()
            for alarm in await uow.alarms.open_of(DoubleInUse.name, OF_BEFORE):
                # Earlier versions raised one alarm per duplicate; this check closes those alarms.
                if all(alarm.facts.get(name) == facts.get(name) for name in ("channel", "customer")):
                    alarm.closed_at = now
                    await uow.alarms.save(alarm)
            await uow.commit()
