"""The bots over the Bot API: one session for all of them, errors in the domain's words.

Meanings of errors: core.telegram.org/bots/api#making-requests and the texts the server sends.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiogram import Bot, exceptions
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatMemberStatus, ChatType, ParseMode
from aiogram.types import (
    ChatMemberAdministrator,
    ChatMemberOwner,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_door import KEPT_OUT, TOO_MANY_CHANNELS
from subscriptions.domain.ports.invite_maker import ChannelLook, MadeLink
from subscriptions.domain.ports.pick_sender import PostedPick
from subscriptions.infrastructure.telegram.pacing import Pace

log = structlog.get_logger(__name__)

CALL_TIMEOUT: Final = 15.0
INSIDE: Final = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})
_NO_REQUEST: Final = ("HIDE_REQUESTER_MISSING", "USER_ALREADY_PARTICIPANT", "user is already a participant")
_HINDRANCES: Final = {
    "CHANNELS_TOO_MUCH": TOO_MANY_CHANNELS,
    "USER_BANNED_IN_CHANNEL": KEPT_OUT,
    "USER_RESTRICTED": KEPT_OUT,
}
_AN_ADMIN: Final = ("user is an administrator of the chat", "can't remove chat owner")
_NO_LINK: Final = ("INVITE_HASH_EXPIRED", "INVITE_HASH_INVALID", "invite link not found")
LINK_NAME_LIMIT: Final = 32
"""Characters of a link's name."""
_UNCHANGED: Final = "message is not modified"
_GONE: Final = ("message to delete not found", "message can't be deleted", "message to edit not found")


class Bots:
    """The operator's bots over one HTTP session: `subscription` talks with customers, `senders` post picks."""

    def __init__(self, token: str, sender_tokens: Sequence[str], api_base: str) -> None:
        self._session = AiohttpSession(api=TelegramAPIServer.from_base(api_base), timeout=CALL_TIMEOUT)
        self.subscription = self._make(token)
        self.senders = tuple(self._make(item) for item in sender_tokens)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _make(self, token: str) -> Bot:
        return Bot(token, session=self._session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))


@contextmanager
def bot_api_errors() -> Iterator[None]:
    """Translate whatever a call raises. A lost answer is Ambiguous: the message may have been sent."""
    try:
        yield
    except exceptions.TelegramRetryAfter as error:
        raise RetryLater("Telegram asks to slow down", after=timedelta(seconds=error.retry_after)) from error
    except exceptions.TelegramForbiddenError as error:
        raise ActionRequired("blocked_bot", error.message) from error
    except exceptions.TelegramNetworkError as error:
        raise Ambiguous("Telegram did not answer") from error
    except exceptions.TelegramServerError as error:
        raise Ambiguous("Telegram has a fault") from error
    except exceptions.ClientDecodeError as error:
        raise Ambiguous("Telegram's answer cannot be read") from error
    except exceptions.TelegramAPIError as error:
        raise Permanent(error.message) from error


class BotChannelDoor:
    """See the port `ChannelDoor`."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        """False when Telegram knows no such request: answered before, or withdrawn.

        Raises ActionRequired where the person cannot be let in before doing something.
        """
        with _channel_errors():
            try:
                return await self._bot.approve_chat_join_request(chat, person)
            except (exceptions.TelegramBadRequest, exceptions.TelegramForbiddenError) as error:
                hindrance = next((kind for word, kind in _HINDRANCES.items() if word in error.message), None)
                if hindrance is None:
                    return _absent(error)
        raise ActionRequired(hindrance)

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        """See approve."""
        with _channel_errors():
            try:
                return await self._bot.decline_chat_join_request(chat, person)
            except exceptions.TelegramBadRequest as error:
                return _absent(error)

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        """Somebody who was never there is not inside."""
        return await self._status(chat, person) in INSIDE

    async def remove(self, chat: ChatId, person: TelegramId) -> None:
        """Ban, look, unban, look: a ban alone would bar the way back for ever. Admins are left in peace."""
        with _channel_errors():
            try:
                await self._bot.ban_chat_member(chat, person)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _AN_ADMIN):
                    raise
                log.warning("an admin of the channel is left in it", chat=chat, person=person)
                return
        if await self._status(chat, person) in INSIDE:
            raise RetryLater("the person is still inside after the ban")
        await self.pardon(chat, person)

    async def pardon(self, chat: ChatId, person: TelegramId) -> None:
        """Who is inside stays inside."""
        with _channel_errors():
            await self._bot.unban_chat_member(chat, person, only_if_banned=True)
        if await self._status(chat, person) is ChatMemberStatus.KICKED:
            raise RetryLater("the person is still banned after the unban")

    async def _status(self, chat: ChatId, person: TelegramId) -> ChatMemberStatus:
        with _channel_errors():
            try:
                member = await self._bot.get_chat_member(chat, person)
            except exceptions.TelegramBadRequest as error:
                if "not found" in error.message or "PARTICIPANT_ID_INVALID" in error.message:
                    return ChatMemberStatus.LEFT
                raise
        return ChatMemberStatus(member.status)


class BotInviteMaker:
    """See the port `InviteMaker`: core.telegram.org/bots/api#createchatinvitelink."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """See the port. Telegram allows no member limit together with join requests."""
        with _channel_errors():
            link = await self._bot.create_chat_invite_link(
                chat,
                name=name[:LINK_NAME_LIMIT],
                expire_date=expires_at,
                creates_join_request=by_request or None,
                member_limit=None if by_request else 1,
            )
        return MadeLink(link.invite_link, link.expire_date or expires_at)

    async def revoke(self, chat: ChatId, url: str) -> None:
        """See the port."""
        with _channel_errors():
            try:
                await self._bot.revoke_chat_invite_link(chat, url)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _NO_LINK):
                    raise

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """See the port."""
        with _channel_errors():
            try:
                found = await self._bot.get_chat(chat)
                me = await self._bot.get_chat_member(found.id, self._bot.id)
            except (exceptions.TelegramBadRequest, exceptions.TelegramForbiddenError):
                return None
        admin = isinstance(me, ChatMemberAdministrator | ChatMemberOwner)
        return ChannelLook(
            title=found.title or "",
            is_channel=found.type == ChatType.CHANNEL,
            is_admin=admin,
            missing=_missing(me) if isinstance(me, ChatMemberAdministrator) else (),
        )


def _missing(me: ChatMemberAdministrator) -> tuple[str, ...]:
    """The port's words for what the bot may not do."""
    has = {"invite": me.can_invite_users, "remove": me.can_restrict_members, "post": bool(me.can_post_messages)}
    return tuple(word for word, may in has.items() if not may)


def _absent(error: exceptions.TelegramAPIError) -> bool:
    if any(word in error.message for word in _NO_REQUEST):
        return False
    raise error


class SenderBots:
    """See the port `PickSender`. The same channel always goes to the same bot, which can later edit its own post."""

    def __init__(self, bots: Bots) -> None:
        self._bots = bots.senders
        self._pace = {bot.id: Pace() for bot in bots.senders}

    async def post(self, chat: ChatId, content: PickContent, spread_key: int) -> PostedPick:
        """See the port. Text is sent as typed, without markup."""
        if not self._bots:
            raise Permanent("no sender bot is configured: put their tokens into SENDER_BOT_TOKENS")
        bot = self._bots[spread_key % len(self._bots)]
        markup = _markup(content)
        await self._pace[bot.id].take_turn(chat)
        with _channel_errors():
            if content.photo_url is not None:
                message = await bot.send_photo(
                    chat, content.photo_url, caption=content.text, parse_mode=None, reply_markup=markup
                )
            else:
                message = await bot.send_message(chat, content.text, parse_mode=None, reply_markup=markup)
        return PostedPick(str(bot.id), message.message_id)

    async def edit(self, chat: ChatId, posted: PostedPick, content: PickContent) -> None:
        """See the port."""
        bot, markup = self._bot(posted), _markup(content)
        number = posted.message_id
        await self._pace[bot.id].take_turn(chat)
        with _channel_errors():
            try:
                if content.photo_url is not None:
                    await bot.edit_message_caption(
                        chat_id=chat, message_id=number, caption=content.text, parse_mode=None, reply_markup=markup
                    )
                else:
                    await bot.edit_message_text(
                        content.text, chat_id=chat, message_id=number, parse_mode=None, reply_markup=markup
                    )
            except exceptions.TelegramBadRequest as error:
                if _UNCHANGED not in error.message:
                    raise

    async def withdraw(self, chat: ChatId, posted: PostedPick) -> None:
        """See the port."""
        with _channel_errors():
            try:
                await self._bot(posted).delete_message(chat, posted.message_id)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _GONE):
                    raise

    def _bot(self, posted: PostedPick) -> Bot:
        for bot in self._bots:
            if str(bot.id) == posted.bot:
                return bot
        raise Permanent(f"sender bot {posted.bot} is not configured any more")


@contextmanager
def _channel_errors() -> Iterator[None]:
    """In a channel a refusal is about the bot's rights there, not about a person who blocked it."""
    try:
        with bot_api_errors():
            yield
    except ActionRequired as error:
        raise Permanent(str(error)) from error


def _markup(content: PickContent) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=item.text, url=item.url) for item in row] for row in content.buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
