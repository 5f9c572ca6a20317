"""Our bots' standing in the channels they keep: what they lose is given back, or the owners learn of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import BotRightsMissing, VipBotPutOut
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import in_use
from subscriptions.domain.events import ChannelMended
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "subscription": ("can_invite_users", "can_restrict_members"),
    "sender": ("can_post_messages",),
}
"""Rights by a bot's role, without which nobody is let in or put out, or no pick is shown, by the Bot API's names
(core.telegram.org/bots/api)."""

_LIVE_STATES: Final = frozenset({ChannelStatus.READY, ChannelStatus.FROZEN})


class WatchBotRights:
    """Has a personal channel mended by its account; in the shared one, which none of ours owns, only the owners can."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, chat: ChatId, bot: TelegramId, rights: Collection[str] | None, at: datetime) -> None:
        """rights: the Bot API's names that the bot has there from now on; None: it is no admin. at: when it changed.

        Whoever is no bot of ours is none of this.
        """
        async with self._units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            ours = next((each for each in in_use(await uow.accounts.bots()) if each.telegram_id == bot), None)
            if channel is None or ours is None or channel.status not in _LIVE_STATES:
                return
            rights_needed = kind_of_place(channel).sender_rights if ours.role == "sender" else RIGHTS[ours.role]
            rights_missing = [name for name in rights_needed if rights is None or name not in rights]
            if rights_missing:
                log.warning("bot lost rights", channel=str(channel.id), bot=ours.username, missing=rights_missing)
            if not kind_of_place(channel).needs_account:
                alarm_kind = None if not rights_missing else VipBotPutOut if rights is None else BotRightsMissing
                for kind in (VipBotPutOut, BotRightsMissing):
                    alarm = kind(channel=channel.title, bot=f"@{ours.username}", missing=", ".join(rights_missing))
                    await keep_alarm(uow, kind, f"{channel.id}:{bot}", alarm if kind is alarm_kind else None, at)
                if not rights_missing:
                    uow.record(ChannelMended(channel.id))
            elif rights_missing:
                await have_mended(uow, channel)
            await uow.commit()
