"""Creation and revocation of invite links over the Bot API, and the state of a chat as the bot sees it:
core.telegram.org/bots/api#createchatinvitelink.
"""

from datetime import datetime
from typing import Final

from aiogram import exceptions
from aiogram.enums import ChatType
from aiogram.types import ChatFullInfo, ChatMemberAdministrator, ChatMemberOwner

from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook, MadeLink, outsiders_of
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors

_NO_LINK: Final = ("INVITE_HASH_EXPIRED", "INVITE_HASH_INVALID", "invite link not found")
_REFUSALS: Final = (exceptions.TelegramBadRequest, exceptions.TelegramForbiddenError)


class BotInviteMaker:
    """Implementation of `InviteMaker` over the Bot API: core.telegram.org/bots/api#createchatinvitelink."""

    def __init__(self, bots: Bots) -> None:
        self._bot = bots.subscription

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """Implements `InviteMaker.make`. Telegram does not allow a member limit on a link with join requests."""
        with channel_errors():
            link = await self._bot.create_chat_invite_link(
                chat,
                name=name,
                expire_date=expires_at,
                creates_join_request=by_request or None,
                member_limit=None if by_request else 1,
            )
        return MadeLink(link.invite_link, link.expire_date or expires_at)

    async def revoke(self, chat: ChatId, url: str) -> None:
        """Implements `InviteMaker.revoke`."""
        with channel_errors():
            try:
                await self._bot.revoke_chat_invite_link(chat, url)
            except exceptions.TelegramBadRequest as error:
                if not any(word in error.message for word in _NO_LINK):
                    raise

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """Implements `LooksAtChats.look`."""
        with channel_errors():
            try:
                found_chat = await self._bot.get_chat(chat)
            except _REFUSALS:
                return None
            try:
                me = await self._bot.get_chat_member(found_chat.id, self._bot.id)
            except _REFUSALS:
                # The chat exists, but the bot is not an administrator of the channel and may not see its members.
                me = None
        admin = isinstance(me, ChatMemberAdministrator | ChatMemberOwner)
        return ChannelLook(
            title=found_chat.title or "",
            is_channel=found_chat.type == ChatType.CHANNEL,
            is_admin=admin,
            chat_type=found_chat.type,
            chat=ChatId(found_chat.id),
            missing_rights=_missing_rights(me, found_chat.type) if isinstance(me, ChatMemberAdministrator) else (),
            username=found_chat.username,
            linked_chat=ChatId(found_chat.linked_chat_id) if found_chat.linked_chat_id is not None else None,
            outsiders=_outsiders(found_chat),
            members_invite=found_chat.permissions is not None and bool(found_chat.permissions.can_invite_users),
        )


def _missing_rights(me: ChatMemberAdministrator, chat_type: str) -> tuple[str, ...]:
    """Return the rights that the bot lacks: `invite`, `remove` and, in channels only, `post`."""
    posts = chat_type != ChatType.CHANNEL or bool(me.can_post_messages)
    has = {"invite": me.can_invite_users, "remove": me.can_restrict_members, "post": posts}
    return tuple(word for word, may in has.items() if not may)


def _outsiders(chat: ChatFullInfo) -> tuple[str, ...]:
    if chat.type != ChatType.SUPERGROUP:
        return ()
    return outsiders_of(
        is_linked=chat.linked_chat_id is not None,
        is_public=chat.username is not None,
        only_members_write=bool(chat.join_to_send_messages),
        is_asked=bool(chat.join_by_request),
    )
