"""Repair of a channel by its owning account, which reverts the changes made by other administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from subscriptions.application.access.personal_channel import note
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.channels.equip_channel import EquipChannel, lacking_rights
from subscriptions.application.channels.replace_channel import ChannelOutOfReach, OfChannel, channel_facts
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import Bot, UserbotAccount, in_use
from subscriptions.domain.errors import AlreadyReported, Permanent
from subscriptions.domain.events import ChannelMended
from subscriptions.domain.ports.channel_provisioner import (
    ChannelProvisioner,
    ChannelRef,
    ChannelState,
    NotYetAllowed,
    PeerGone,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class BotPutOut(OfChannel):
    """Alarm: bots are missing in a channel, and staff must repair it unless a later attempt by its account succeeds.
    `missing`: bots that are not in the channel.
    """

    name = "bot_put_out"
    reason: str
    missing: str | None = None


@dataclass(frozen=True)
class MendChannel:
    """Use case that makes the bots administrators again, and restores the content protection and the title."""

    units: UnitOfWorkFactory
    clock: Clock
    equip_channel: EquipChannel

    async def __call__(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        """Repair the channel's bots, protection and title. Raises AlreadyReported if Telegram refuses, and PeerGone if
        Telegram does not find the channel.
        """
        state = await telegram.inspect(ref)
        async with self.units() as uow:
            bots = in_use(await uow.accounts.bots())
        without_bots = lacking_rights(bots, state)
        try:
            await self._appoint(account, without_bots, state, ref, telegram)
            if not state.is_protected:
                await telegram.protect(ref)
            if state.title != channel.title and channel.renamed_at is None:
                await self.equip_channel.name(channel, ref, telegram)
        except (Permanent, NotYetAllowed) as refusal:
            await self.report_broken(channel, str(refusal), [bot.username for bot in without_bots])
            if isinstance(refusal, NotYetAllowed):
                raise
            raise AlreadyReported(str(refusal)) from refusal
        added_bots = [f"@{bot.username}" for bot in without_bots]
        added_bots += [] if state.is_protected else ["protection"]
        added_bots += [] if state.title == channel.title else ["title"]
        async with self.units() as uow:
            if added_bots:
                await note(uow, channel, "channel.mended", ", ".join(added_bots), self.clock.now())
            for kind in (BotPutOut, ChannelOutOfReach):
                await keep_alarm(uow, kind, str(channel.id), None, self.clock.now())
            # This is recorded even without changes: a person or an interrupted run may have made the repair, and
            # refused deliveries wait for this event.
            uow.record(ChannelMended(channel.id))
            await uow.commit()

    async def report_broken(self, channel: Channel, reason: str, bots: Sequence[str] = ()) -> None:
        """Raise the alarm that staff must repair the channel. The alarm is closed if a later attempt by its account
        succeeds.
        """
        async with self.units() as uow:
            bot_names = ", ".join(f"@{name}" for name in bots) or None
            alarm = BotPutOut(**await channel_facts(uow, channel), reason=reason, missing=bot_names)
            await keep_alarm(uow, BotPutOut, str(channel.id), alarm, self.clock.now())
            await uow.commit()

    async def _appoint(
        self,
        account: UserbotAccount,
        bots: Sequence[Bot],
        state: ChannelState,
        ref: ChannelRef,
        telegram: ChannelProvisioner,
    ) -> None:
        for bot in bots:
            try:
                await self.equip_channel.reappoint(account, bot, state, ref, telegram)
            except PeerGone as unknown:
                if not await telegram.exists(ref):
                    raise
                raise Permanent(f"@{bot.username} is not found: {unknown}") from unknown
