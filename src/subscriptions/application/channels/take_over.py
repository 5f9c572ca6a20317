"""Takeover of a dead account's channels by the backup admin account, without any effect for customers."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import note
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, News
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.dto.jobs import RemovePerson
from subscriptions.domain.entities.access import TO_REMOVE
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import ChannelOutdated
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""Maximum number of channels per takeover. It exceeds the number that an account can own, so that one transaction takes
over all of them and raises one alarm.
"""


class ChannelsTakenOver(AlarmKind):
    """Alarm: an account is dead, and a backup admin account took over its channels."""

    name = "channels_taken_over"
    closes = News()
    link = AlarmLink.ACCOUNTS
    account: str
    by: str
    channels: int


@dataclass(frozen=True)
class TakeOver:
    """Use case that takes over channels of dead accounts, as the account that is their backup admin."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, account_id: AccountId) -> int:
        """Take over the channels of dead accounts, and return their number. The caller must hold the lease of the
        backup account.
        """
        async with self.units() as uow:
            account = await uow.accounts.get(account_id)
            if account is None or not account.in_service or not await uow.backup_admins.bereft(account_id, AT_ONCE):
                return 0
        channels_left: Counter[AccountId] = Counter()
        async with self.units() as uow:
            for backup_admin in await uow.backup_admins.bereft(account_id, AT_ONCE):
                channel = await uow.channels.get(backup_admin.channel_id, lock=True)
                fresh = await uow.backup_admins.find(backup_admin.channel_id, lock=True)
                if channel is None or fresh is None or channel.account_id is None or fresh.account_id != account_id:
                    continue
                channels_left[channel.account_id] += 1
                fresh.take_over(channel)
                await uow.backup_admins.save(fresh)
                await uow.channels.save(channel)
                await self._go_on(uow, channel, account)
            for lost_account_id, count in channels_left.items():
                await self._tell(uow, lost_account_id, account, count)
            await uow.commit()
        log.warning("channels taken over", account=account_id, channels=channels_left.total())
        return channels_left.total()

    async def _go_on(self, uow: UnitOfWork, channel: Channel, account: UserbotAccount) -> None:
        """Revoke the dead account's links of a channel, have new ones created, and queue the removal of people who must
        leave.
        """
        now = self.clock.now()
        for invite in await uow.channels.live_invites(channel.id):
            # The dead account's links can't be managed any more; the bot still answers requests made with them.
            invite.revoke(now)
            await uow.channels.save_invite(invite)
        for access in await uow.accesses.of_channel(channel.id):
            if access.status in TO_REMOVE:
                await uow.enqueue(RemovePerson(access_id=access.id).keyed_job(access.id))
        uow.record(ChannelOutdated(channel.id))
        await note(uow, channel, "channel.taken_over", f"its account is dead; account {account.id} has it now", now)

    async def _tell(self, uow: UnitOfWork, account_id: AccountId, successor: UserbotAccount, count: int) -> None:
        now = self.clock.now()
        dead = await uow.accounts.get(account_id)
        alarm = ChannelsTakenOver(
            account=_label_of(dead, account_id), by=_label_of(successor, successor.id), channels=count
        )
        await raise_once(uow, alarm.raise_event(f"taken_over:{account_id}:{now.isoformat()}"), now)


def _label_of(account: UserbotAccount | None, number: AccountId) -> str:
    return f"{number} {account.label if account is not None else ''}".strip()
