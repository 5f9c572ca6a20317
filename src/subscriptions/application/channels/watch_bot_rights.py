"""The bot's own standing in the channels it keeps: what it may not do any more, its owners learn at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import structlog

from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

NEEDED: Final[Mapping[str, str]] = {"invite": "can_invite_users", "ban": "can_restrict_members"}
"""Rights without which nobody is let in or put out, by the Bot API's names (core.telegram.org/bots/api)."""

_KEPT: Final = frozenset({ChannelStatus.READY, ChannelStatus.FROZEN})


class WatchBotRights:
    """Raises an alarm when the bot is put out of a channel of ours, or loses a right it needs there."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, chat: ChatId, rights: Collection[str] | None, at: datetime) -> None:
        """rights: the Bot API's names it has there from now on; None: it is no admin any more. at: when it changed."""
        missing = [name for name in NEEDED.values() if rights is None or name not in rights]
        if not missing:
            return
        async with self._units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None or channel.status not in _KEPT:
                return
            # Telegram dates by the second, and within one both may happen.
            key = f"bot_rights:{channel.id}:{'out' if rights is None else 'less'}:{at.isoformat()}"
            if rights is None:
                uow.record(AlarmRaised(key, "bot_put_out", _facts(channel)))
            else:
                uow.record(AlarmRaised(key, "bot_rights_missing", (*_facts(channel), ("missing", ", ".join(missing)))))
            await uow.commit()
        log.warning("bot lost rights", channel=str(channel.id), missing=missing)


def _facts(channel: Channel) -> tuple[tuple[str, str], ...]:
    return (("channel", channel.title),)
