"""Hourly member audit of personal channels. The only members should be the owner, the bots and the customer; the audit
also records changes whose updates were lost.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.join_requests.owner_answers import audit_members
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import in_use
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChannelId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
    Insider,
    PeerGone,
    rights_of,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=1)
LOOK_EVERY: Final = timedelta(hours=23)
"""Minimum time between two checks of a channel's title, content protection and links. The check is part of the next
audit, so that it runs at least daily.
"""
AT_ONCE: Final = 10
"""Number of channels audited per run. The audits are spread over the hour, so that join requests are answered in
between.
"""

LISTING: Final = "GetParticipants"


class AuditMembers:
    """Use case that audits each channel of an account about once an hour, and all of them once after a restart."""

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, join_desk: JoinDesk, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._join_desk = join_desk
        self._clock = clock
        self._last_counts: dict[ChannelId, datetime] = {}

    async def __call__(self, account_id: AccountId) -> int:
        """Audit the due channels, and return their number. The caller must hold the account's lease."""
        now = self._clock.now()
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channels = await uow.channels.open_of(account_id)
        if account is None or not account.in_service or not account.may_call(LISTING, now):
            return 0
        due = [channel for channel in channels if self._is_due(channel, now)][:AT_ONCE]
        if not due:
            return 0
        async with self._account_care.at_work(account) as telegram:
            for channel in due:
                await self._count(channel, telegram, now)
        return len(due)

    def _is_due(self, channel: Channel, now: datetime) -> bool:
        last_count = self._last_counts.get(channel.id)
        return last_count is None or now - last_count >= EVERY

    async def _count(self, channel: Channel, telegram: ChannelProvisioner, now: datetime) -> None:
        self._last_counts[channel.id] = now
        if channel.channel_id is None or channel.access_hash is None:
            return
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        try:
            insiders = await audit_members(self._join_desk, ref, telegram, now)
            is_due = _is_due_for_a_look(channel, now)
            odd = is_due and await self._is_changed(channel, ref, telegram)
        except FloodWait:
            # The channel is audited as soon as the account may call Telegram again.
            del self._last_counts[channel.id]
            raise
        except (PeerGone, Permanent) as error:
            # A channel that can't be audited does not block the others.
            log.error("members could not be audited", channel=str(channel.id), reason=str(error))
            insiders, odd, is_due = (), True, False
        async with self._units() as uow:
            if is_due and (seen_channel := await uow.channels.get(channel.id, lock=True)) is not None:
                seen_channel.looked_at = now
                await uow.channels.save(seen_channel)
            if odd or (channel.status is ChannelStatus.READY and await _lacks_bots(uow, insiders)):
                await have_mended(uow, channel)
            await uow.commit()

    async def _is_changed(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> bool:
        """Return True if the channel's title, content protection or links differ from the intended ones."""
        state = await telegram.inspect(ref)
        if not state.is_protected or (state.title != channel.title and channel.renamed_at is None):
            return True
        async with self._units() as uow:
            known_urls = {invite.url for invite in await uow.channels.live_invites(channel.id)}
        links = await telegram.links(ref)
        return any(link.url not in known_urls for link in links if not link.primary and not link.is_revoked)


def _is_due_for_a_look(channel: Channel, now: datetime) -> bool:
    """Return True if the daily check of the title, protection and links is due. After a restart, it runs with the next
    audit.
    """
    last_look = channel.looked_at
    return channel.status is ChannelStatus.READY and (last_look is None or not now - LOOK_EVERY < last_look <= now)


async def _lacks_bots(uow: UnitOfWork, insiders: Sequence[Insider]) -> bool:
    """Return True if one of the installation's bots is not among the administrators or lacks rights. `insiders`:
    members of the channel.
    """
    admin_rights_by_telegram_id = {each.telegram_id: each.rights for each in insiders}
    bots = in_use(await uow.accounts.bots())
    return any(
        not rights_of(bot.role).is_within(admin_rights_by_telegram_id.get(TelegramId(bot.telegram_id))) for bot in bots
    )
