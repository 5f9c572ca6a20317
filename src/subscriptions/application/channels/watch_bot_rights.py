"""Check of the bots' rights in the managed channels. Lost rights are restored, or the owners are alerted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.kinds.shared_channel.grant_shared import beside_vip
from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import BotRightsMissing, VipBotPutOut
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import Bot, in_use
from subscriptions.domain.events import ChannelMended, VipLinkOutdated
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.chat_membership import ChatMembership
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "subscription": ("can_invite_users", "can_restrict_members"),
    "sender": ("can_post_messages",),
}
"""Bot API names of the rights that a bot needs, keyed by the bot's role (core.telegram.org/bots/api). Without them, the
bot can't admit and remove people or publish posts.
"""

NOTICED_AFTER: Final = Policy.access_patience
"""Time for which the bot's rights may be missing before customers who cannot enter are told."""
_LIVE_STATES: Final = frozenset({ChannelStatus.READY, ChannelStatus.FROZEN})


@dataclass(frozen=True)
class WatchBotRights:
    """Use case that handles lost bot rights: in a personal channel, the owning account restores them; for a shared
    chat, which no account owns, the owners are alerted.

    An update may be processed long after the change, when the rights have been restored already. Therefore the account
    checks the channel before a repair, and the bot's status is fetched before an alarm.
    """

    units: UnitOfWorkFactory
    chat_membership: ChatMembership

    async def __call__(self, chat: ChatId, bot: TelegramId, rights: Collection[str] | None, at: datetime) -> None:
        """Handle a change of a bot's rights. Bots that do not belong to the installation are ignored. Raises RetryLater
        while Telegram is unavailable.

        rights: Bot API names of the rights that the bot has now; None if the bot is no administrator
        at: time of the change
        """
        async with self.units() as uow:
            found = await _find_channel_bot(uow, chat, bot)
        if found is None:
            return
        if found.missing_rights(rights) and not kind_of_channel(found.channel).needs_account:
            rights = await self.chat_membership.bot_rights(chat, bot)
        async with self.units() as uow:
            found = await _find_channel_bot(uow, chat, bot)
            if found is None:
                return
            channel, rights_missing = found.channel, found.missing_rights(rights)
            if rights_missing:
                log.warning("bot lost rights", channel=str(channel.id), bot=found.bot.username, missing=rights_missing)
            if not kind_of_channel(channel).needs_account:
                alarm_kind = None if not rights_missing else VipBotPutOut if rights is None else BotRightsMissing
                for kind in (VipBotPutOut, BotRightsMissing):
                    alarm = kind(channel=channel.title, bot=f"@{found.bot.username}", missing=", ".join(rights_missing))
                    await keep_alarm(uow, kind, f"{channel.id}:{bot}", alarm if kind is alarm_kind else None, at)
                if not rights_missing:
                    uow.record(ChannelMended(channel.id))
                    await _request_links(uow, channel)
                elif found.bot.role == "subscription":
                    await _watch_waiting(uow, channel, at)
            elif rights_missing:
                await have_mended(uow, channel)
            await uow.commit()


@dataclass(frozen=True)
class _ChannelBot:
    """Bot of the installation, and the live channel in which its rights changed."""

    channel: Channel
    bot: Bot

    def missing_rights(self, rights: Collection[str] | None) -> Sequence[str]:
        """Return the rights that the bot needs and that are not among `rights`, which is None if the bot is no
        administrator.
        """
        is_sender = self.bot.role == "sender"
        required_rights = kind_of_channel(self.channel).sender_rights if is_sender else RIGHTS[self.bot.role]
        return [name for name in required_rights if rights is None or name not in rights]


async def _find_channel_bot(uow: UnitOfWork, chat: ChatId, bot: TelegramId) -> _ChannelBot | None:
    channel = await uow.channels.by_chat_id(chat)
    ours = next((each for each in in_use(await uow.accounts.bots()) if each.telegram_id == bot), None)
    if channel is None or ours is None or channel.status not in _LIVE_STATES:
        return None
    return _ChannelBot(channel, ours)


async def _watch_waiting(uow: UnitOfWork, channel: Channel, at: datetime) -> None:
    """Have the accesses checked of customers who have not joined a chat to which the bot cannot admit people."""
    for access in await uow.accesses.of_channel(channel.id):
        if access.status in WAITS_FOR_LINK:
            watch = jobs.WatchAccess(access_id=access.id)
            await uow.enqueue(watch.delayed_job(at + NOTICED_AFTER, access.id))


async def _request_links(uow: UnitOfWork, channel: Channel) -> None:
    """Have the bot create the links of customers who paid while it could not admit people to a chat, and answer their
    join requests.
    """
    waiting = [each for each in await uow.accesses.of_channel(channel.id) if each.status in WAITS_FOR_LINK]
    for access in waiting:
        uow.record(VipLinkOutdated(access.customer_id, channel_id=beside_vip(channel)))
    if waiting:
        await uow.enqueue(jobs.LookInside(channel_id=channel.id).keyed_job(channel.id))
