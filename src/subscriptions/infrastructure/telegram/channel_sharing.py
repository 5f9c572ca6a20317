"""Operations of an account in another account's channel: join by link, find and delete posts, promote."""

from collections.abc import Collection
from typing import Final

from telethon import errors
from telethon.tl import functions, types

from subscriptions.domain.errors import Ambiguous
from subscriptions.domain.ids import TelegramId, bot_api_chat_id
from subscriptions.domain.ports.channel_provisioner import ChannelRef, Insider
from subscriptions.infrastructure.telegram.account_calls import AccountCalls, input_channel

POSTS_PAGE: Final = 100
"""Maximum number of posts per request (core.telegram.org/method/channels.getMessages)."""
_SPENT_LINKS: Final = (errors.InviteHashExpiredError, errors.InviteHashInvalidError, errors.UsersTooMuchError)


class TelethonChannelSharing(AccountCalls):
    """Implementation of the methods of `ChannelProvisioner` for a channel that two accounts share."""

    async def join(self, link: str) -> ChannelRef | None:
        """Join a channel with messages.importChatInvite. If the account is already a member, messages.checkChatInvite
        returns the channel. Return None if the link is no longer valid.
        """
        secret = link.rpartition("+")[2]
        request = functions.messages.ImportChatInviteRequest(hash=secret)
        answer = await self._call(request, harmless=(errors.UserAlreadyParticipantError, *_SPENT_LINKS))
        chats = getattr(getattr(answer, "updates", None), "chats", [])
        if answer is None:
            invite = await self._call(functions.messages.CheckChatInviteRequest(hash=secret), harmless=_SPENT_LINKS)
            if not isinstance(invite, types.ChatInviteAlready):
                return None
            chats = [invite.chat]
        for chat in chats:
            if isinstance(chat, types.Channel):
                return ChannelRef(bot_api_chat_id(chat.id), chat.access_hash)
        raise Ambiguous("ImportChatInvite: the answer names no channel")

    async def missing_posts(self, channel: ChannelRef, posts: Collection[int]) -> frozenset[int]:
        """Return the deleted posts, which Telegram reports as messageEmpty. Posts that the answer does not mention do
        not count as missing.
        """
        post_ids, messages = sorted(posts), list[object]()
        for begin in range(0, len(post_ids), POSTS_PAGE):
            page = [types.InputMessageID(number) for number in post_ids[begin : begin + POSTS_PAGE]]
            answer = await self._call(functions.channels.GetMessagesRequest(channel=input_channel(channel), id=page))
            messages += answer.messages
        return frozenset(each.id for each in messages if isinstance(each, types.MessageEmpty))

    async def delete_posts(self, channel: ChannelRef, posts: Collection[int]) -> None:
        """Delete posts with channels.deleteMessages, which skips missing posts."""
        post_ids = sorted(posts)
        for begin in range(0, len(post_ids), POSTS_PAGE):
            page = post_ids[begin : begin + POSTS_PAGE]
            await self._call(functions.channels.DeleteMessagesRequest(channel=input_channel(channel), id=page))

    async def promote(self, channel: ChannelRef, person: Insider) -> None:
        """Give a person all administrator rights. Only the creator can change content protection and delete the
        channel.
        """
        request = functions.channels.EditAdminRequest(
            channel=input_channel(channel),
            user_id=types.InputUser(person.telegram_id, person.access_hash),
            admin_rights=types.ChatAdminRights(
                change_info=True,
                post_messages=True,
                edit_messages=True,
                delete_messages=True,
                ban_users=True,
                invite_users=True,
                add_admins=True,
                other=True,
            ),
        )
        await self._call(request, harmless=(errors.ChatNotModifiedError,))

    async def myself(self) -> TelegramId:
        """Return the Telegram id of the account itself, from users.getUsers."""
        (user,) = await self._call(functions.users.GetUsersRequest(id=[types.InputUserSelf()]))
        return TelegramId(user.id)
