"""Join requests, members and removals of chats, over the Bot API."""

from collections.abc import Collection
from typing import Final

import structlog
from aiogram import exceptions
from aiogram.enums import ChatMemberStatus
from aiogram.types import ChatMemberAdministrator, ChatMemberRestricted, ResultChatMemberUnion

from subscriptions.domain.errors import ActionRequired, RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.chat_membership import KEPT_OUT, TOO_MANY_CHANNELS, MemberCount, Presence
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors

log = structlog.get_logger(__name__)
INSIDE_STATUSES: Final = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})
_NO_REQUEST: Final = ("HIDE_REQUESTER_MISSING", "USER_ALREADY_PARTICIPANT", "user is already a participant")
_HINDRANCES: Final = {
    "CHANNELS_TOO_MUCH": TOO_MANY_CHANNELS,
    "USER_BANNED_IN_CHANNEL": KEPT_OUT,
    "USER_RESTRICTED": KEPT_OUT,
}
_BASIC_GROUP: Final = "method is available for supergroup and channel chats only"
_AN_ADMIN: Final = ("user is an administrator of the chat", "can't remove chat owner")


class BotChatMembership:
    """Implementation of `ChatMembership` over the Bot API."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription
        self._bots = {bot.id: bot for bot in (bots.subscription, *bots.senders)}

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """Approve a join request. Return False if Telegram has no such request, because it was already answered or
        withdrawn. Raises ActionRequired if the person must do something before Telegram admits them.
        """
        with channel_errors():
            try:
                return await self._bot.approve_chat_join_request(chat, person)
            except (exceptions.TelegramBadRequest, exceptions.TelegramForbiddenError) as error:
                hindrance = next((kind for word, kind in _HINDRANCES.items() if word in error.message), None)
                if hindrance is None:
                    return _absent(error)
        raise ActionRequired(hindrance)

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """Decline a join request. Return False if Telegram has no such request, because it was already answered or
        withdrawn.
        """
        with channel_errors():
            try:
                return await self._bot.decline_chat_join_request(chat, person)
            except exceptions.TelegramBadRequest as error:
                return _absent(error)

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Return True if the person is a member of the chat; False also for a person who never was."""
        return _is_inside(await self._member(chat, person))

    async def presence(self, chat: ChatId, person: TelegramId) -> Presence:
        """Return the person's status, as reported by getChatMember. The status `kicked` means a ban
        (core.telegram.org/bots/api#chatmemberbanned).
        """
        member = await self._member(chat, person)
        if _is_inside(member):
            return Presence.INSIDE
        is_banned = member is not None and member.status == ChatMemberStatus.KICKED
        return Presence.BANNED if is_banned else Presence.OUTSIDE

    async def remove(self, chat: ChatId, person: TelegramId) -> bool:
        """Ban the person, verify the removal, lift the ban, and verify again. The ban is lifted because it would keep
        the person out permanently. Return False for an administrator, who is not removed.
        """
        with channel_errors():
            try:
                await self._bot.ban_chat_member(chat, person)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _AN_ADMIN):
                    raise
                log.warning("an admin of the channel is left in it", chat=chat, person=person)
                return False
        if _is_inside(await self._member(chat, person)):
            raise RetryLater("the person is still inside after the ban")
        await self.pardon(chat, person)
        return True

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Lift a ban. A person who is a member stays a member. Basic groups have no bans."""
        with channel_errors():
            try:
                await self._bot.unban_chat_member(chat, person, only_if_banned=True)
            except exceptions.TelegramBadRequest as error:
                if _BASIC_GROUP in error.message:
                    return
                raise
        if await self._status(chat, person) is ChatMemberStatus.KICKED:
            raise RetryLater("the person is still banned after the unban")

    async def bot_rights(self, chat: ChatId, bot: TelegramId) -> Collection[str] | None:
        """Return the rights of one of our bots in a chat; None if the bot is not an administrator there. Each bot
        fetches its own rights, because another bot may not be in the chat.
        """
        with channel_errors():
            try:
                me = await self._bots.get(bot, self._bot).get_chat_member(chat, bot)
            except (exceptions.TelegramBadRequest, exceptions.TelegramForbiddenError):
                # The chat does not exist, or the bot is not an administrator of the channel and may not see its
                # members.
                return None
        if not isinstance(me, ChatMemberAdministrator):
            return None
        return frozenset(name for name, may in me if name.startswith("can_") and may)

    async def member_count(self, chat: ChatId, bots: Collection[TelegramId]) -> MemberCount:
        """Return the number of members, with the known administrators and bots. Telegram shows other bots only to an
        administrator who fetches each bot separately (core.telegram.org/bots/api).
        """
        with channel_errors():
            count = await self._bot.get_chat_member_count(chat)
            bosses = {TelegramId(each.user.id) for each in await self._bot.get_chat_administrators(chat)}
        staff = {bot for bot in bots if bot not in bosses and _is_inside(await self._member(chat, bot))}
        return MemberCount(count, frozenset(bosses | staff))

    async def _status(self, chat: ChatId, person: TelegramId) -> ChatMemberStatus:
        member = await self._member(chat, person)
        return ChatMemberStatus(member.status) if member is not None else ChatMemberStatus.LEFT

    async def _member(self, chat: ChatId, person: TelegramId) -> ResultChatMemberUnion | None:
        """Return the chat member; None if Telegram does not know the person in this chat."""
        with channel_errors():
            try:
                return await self._bot.get_chat_member(chat, person)
            except exceptions.TelegramBadRequest as error:
                if "not found" in error.message or "PARTICIPANT_ID_INVALID" in error.message:
                    return None
                raise


def _is_inside(member: ResultChatMemberUnion | None) -> bool:
    """Return True if the person is a member. A restricted person may or may not be a member of the group."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member is not None and member.status in INSIDE_STATUSES


def _absent(error: exceptions.TelegramAPIError) -> bool:
    if any(word in error.message for word in _NO_REQUEST):
        return False
    raise error
