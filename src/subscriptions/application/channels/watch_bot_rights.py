"""Our bots' standing in the channels they keep: what they lose is given back, or the owners learn of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import BotRightsMissing, VipBotPutOut
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import Bot, in_use
from subscriptions.domain.events import ChannelMended
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_door import ChannelDoor
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "subscription": ("can_invite_users", "can_restrict_members"),
    "sender": ("can_post_messages",),
}
"""Rights by a bot's role, without which nobody is let in or put out, or no pick is shown, by the Bot API's names
(core.telegram.org/bots/api)."""

_LIVE_STATES: Final = frozenset({ChannelStatus.READY, ChannelStatus.FROZEN})


@dataclass(frozen=True)
class WatchBotRights:
    """Has a personal channel mended by its account; in the shared one, which none of ours owns, only the owners can.

    An update is a hint: it may be worked on long after what it tells of, and after the rights were given back. So an
    account looks before it mends, and the bot is asked how it stands before the owners are told.
    """

    units: UnitOfWorkFactory
    door: ChannelDoor

    async def __call__(self, chat: ChatId, bot: TelegramId, rights: Collection[str] | None, at: datetime) -> None:
        """rights: the Bot API's names that the bot has there from now on; None: it is no admin. at: when it changed.

        Whoever is no bot of ours is none of this. Raises RetryLater while Telegram cannot be asked.
        """
        async with self.units() as uow:
            place = await _find_place(uow, chat, bot)
        if place is None:
            return
        if place.missing_rights(rights) and not kind_of_place(place.channel).needs_account:
            rights = await self.door.bot_rights(chat, bot)
        async with self.units() as uow:
            place = await _find_place(uow, chat, bot)
            if place is None:
                return
            channel, rights_missing = place.channel, place.missing_rights(rights)
            if rights_missing:
                log.warning("bot lost rights", channel=str(channel.id), bot=place.bot.username, missing=rights_missing)
            if not kind_of_place(channel).needs_account:
                alarm_kind = None if not rights_missing else VipBotPutOut if rights is None else BotRightsMissing
                for kind in (VipBotPutOut, BotRightsMissing):
                    alarm = kind(channel=channel.title, bot=f"@{place.bot.username}", missing=", ".join(rights_missing))
                    await keep_alarm(uow, kind, f"{channel.id}:{bot}", alarm if kind is alarm_kind else None, at)
                if not rights_missing:
                    uow.record(ChannelMended(channel.id))
            elif rights_missing:
                await have_mended(uow, channel)
            await uow.commit()


@dataclass(frozen=True)
class _Place:
    """A bot of ours in a live channel of ours."""

    channel: Channel
    bot: Bot

    def missing_rights(self, rights: Collection[str] | None) -> Sequence[str]:
        """Which of the rights that it needs there are not among these."""
        is_sender = self.bot.role == "sender"
        required_rights = kind_of_place(self.channel).sender_rights if is_sender else RIGHTS[self.bot.role]
        return [name for name in required_rights if rights is None or name not in rights]


async def _find_place(uow: UnitOfWork, chat: ChatId, bot: TelegramId) -> _Place | None:
    channel = await uow.channels.by_chat_id(chat)
    ours = next((each for each in in_use(await uow.accounts.bots()) if each.telegram_id == bot), None)
    if channel is None or ours is None or channel.status not in _LIVE_STATES:
        return None
    return _Place(channel, ours)
