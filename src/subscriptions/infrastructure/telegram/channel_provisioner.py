"""Channel operations of one connected account by raw MTProto calls. There are no implicit look-ups, and every request
is sent once.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from telethon import errors, utils
from telethon.tl import functions, types

from subscriptions.domain.errors import Ambiguous
from subscriptions.domain.ids import ChatId, bot_api_chat_id
from subscriptions.domain.ports.channel_provisioner import (
    AdminRights,
    BotRef,
    ChannelRef,
    ChannelState,
    ExportedLink,
    PeerGone,
)
from subscriptions.infrastructure.telegram.account_calls import input_channel, input_peer
from subscriptions.infrastructure.telegram.channel_people import TelethonPeople, granted_rights
from subscriptions.infrastructure.telegram.channel_sharing import TelethonChannelSharing

DIALOGS_PAGE = 100
DIALOGS_PAGES = 12
"""Maximum number of pages of dialogs, which is enough for the thousand channels that an account can be in."""
LINKS_PAGE = 100
HISTORY_PAGE = 20
FIRST_NUMBERS = range(1, 21)
"""Ids of the first messages of a channel, among which the welcome message is found. No other message is posted before
the channel is opened.
"""
_NOT_OURS_TO_EDIT = (
    errors.MessageNotModifiedError,
    errors.MessageIdInvalidError,
    errors.MessageEditTimeExpiredError,
    errors.MessageAuthorRequiredError,
)
ADMINS_PAGE = 100


class TelethonProvisioner(TelethonPeople, TelethonChannelSharing):
    """Implementation of `ChannelProvisioner`. Documentation of each request: core.telegram.org/method/<name of the
    request>.
    """

    async def find_channels(self, marker: str, oldest: datetime, known_ids: frozenset[int]) -> Sequence[ChannelRef]:
        """Return the account's own channels that were created since `oldest`, carry the marker and are not in
        `known_ids`. The marker is at the end of the channel's description, or at the beginning of the title of one
        of its links.
        """
        channel_refs = []
        async for chat in self._channels(oldest):
            if not chat.creator or chat.date < oldest or bot_api_chat_id(chat.id) in known_ids:
                continue
            ref = ChannelRef(bot_api_chat_id(chat.id), chat.access_hash)
            try:
                full = await self._call(functions.channels.GetFullChannelRequest(channel=input_channel(ref)))
                if full.full_chat.about.endswith(marker) or await self._has_link_called(ref, marker):
                    channel_refs.append(ref)
            except PeerGone:
                # The channel was deleted, possibly between the two requests.
                continue
        return channel_refs

    async def _has_link_called(self, channel: ChannelRef, marker: str) -> bool:
        """Return True if the title of an invite link of the channel, revoked or not, begins with the marker."""
        links = [*await self._links(channel, are_revoked=True), *await self.links(channel)]
        return any((link.title or "").startswith(marker) for link in links)

    async def find_administered(self, chat: ChatId) -> ChannelRef | None:
        """Return the channel with this chat id if the account may create invite links in it; otherwise None. All
        dialogs are searched, because only a dialog has the access hash of a channel without a username.
        """
        async for channel in self._channels(datetime.fromtimestamp(0, UTC)):
            rights = channel.admin_rights
            if bot_api_chat_id(channel.id) == chat and (channel.creator or (rights and rights.invite_users)):
                return ChannelRef(chat, channel.access_hash)
        return None

    async def find_inside(self, chats: Collection[ChatId]) -> Sequence[ChannelRef]:
        """Return the given channels of which the account is a member. Channels that the account left or was removed
        from appear among its dialogs with reduced data.
        """
        channels = [each async for each in self._channels(datetime.fromtimestamp(0, UTC)) if not each.left]
        refs = [ChannelRef(bot_api_chat_id(each.id), each.access_hash) for each in channels]
        return [ref for ref in refs if ref.chat_id in chats]

    async def channels(self) -> frozenset[ChatId]:
        """Return the channels among the account's dialogs, without channels that the account left or was
        removed from.
        """
        channels = [each async for each in self._channels(datetime.fromtimestamp(0, UTC))]
        return frozenset(bot_api_chat_id(each.id) for each in channels if not each.left)

    async def _channels(self, oldest: datetime) -> AsyncIterator[types.Channel]:
        """Yield the channels among the dialogs that have a message since `oldest`. The creation of a channel counts as
        a message.
        """
        offset: dict[str, Any] = {"offset_date": None, "offset_id": 0, "offset_peer": types.InputPeerEmpty()}
        for _ in range(DIALOGS_PAGES):
            page = await self._call(functions.messages.GetDialogsRequest(limit=DIALOGS_PAGE, hash=0, **offset))
            for chat in page.chats:
                if isinstance(chat, types.Channel):
                    yield chat
            last_message = _last_of(page)
            if not isinstance(page, types.messages.DialogsSlice) or last_message is None or last_message.date < oldest:
                return
            entities = {utils.get_peer_id(entity): entity for entity in (*page.chats, *page.users)}
            peer = utils.get_input_peer(entities[utils.get_peer_id(last_message.peer_id)])
            offset = {"offset_date": last_message.date, "offset_id": last_message.id, "offset_peer": peer}

    async def exists(self, channel: ChannelRef) -> bool:
        """Return True if the channel exists. If the channel was deleted or the account left it, channels.getChannels
        returns channelForbidden or fails.
        """
        try:
            answer = await self._call(functions.channels.GetChannelsRequest(id=[input_channel(channel)]))
        except PeerGone:
            return False
        return any(isinstance(chat, types.Channel) and not chat.left for chat in answer.chats)

    async def inspect(self, channel: ChannelRef) -> ChannelState:
        """Return the channel's title and content protection (from channels.getChannels) and the rights of its
        administrators (from their list).
        """
        chats_answer = await self._call(functions.channels.GetChannelsRequest(id=[input_channel(channel)]))
        chat = next((each for each in chats_answer.chats if isinstance(each, types.Channel)), None)
        if chat is None:
            raise PeerGone("GetChannels: channelForbidden")
        answer = await self._call(
            functions.channels.GetParticipantsRequest(
                channel=input_channel(channel),
                filter=types.ChannelParticipantsAdmins(),
                offset=0,
                limit=ADMINS_PAGE,
                hash=0,
            )
        )
        admins = {
            each.user_id: granted_rights(each.admin_rights)
            for each in answer.participants
            if isinstance(each, types.ChannelParticipantAdmin)
        }
        return ChannelState(title=chat.title, is_protected=bool(chat.noforwards), admins=admins)

    async def create_channel(self, title: str, description: str) -> ChannelRef:
        """Create a channel with one request. If the response contains no channel, the result is as uncertain as without
        a response.
        """
        updates = await self._call(
            functions.channels.CreateChannelRequest(title=title, about=description, broadcast=True)
        )
        for chat in getattr(updates, "chats", []):
            if isinstance(chat, types.Channel):
                return ChannelRef(bot_api_chat_id(chat.id), chat.access_hash)
        raise Ambiguous("CreateChannel: the answer names no channel")

    async def rename(self, channel: ChannelRef, title: str, description: str) -> None:
        """Set the title and description with channels.editTitle and messages.editChatAbout. Both report an error if the
        value is unchanged.
        """
        await self._call(
            functions.channels.EditTitleRequest(channel=input_channel(channel), title=title),
            harmless=(errors.ChatNotModifiedError,),
        )
        await self.describe(channel, description)

    async def describe(self, channel: ChannelRef, description: str) -> None:
        """Set the description with messages.editChatAbout, which reports an error if the value is unchanged."""
        await self._call(
            functions.messages.EditChatAboutRequest(peer=input_peer(channel), about=description),
            harmless=(errors.ChatAboutNotModifiedError, errors.ChatNotModifiedError),
        )

    async def delete_channel(self, channel: ChannelRef) -> None:
        """Delete a channel. If the channel no longer exists, its owner gets CHANNEL_INVALID or CHANNEL_PRIVATE, which
        is ignored. An account that is not the owner only leaves the channel.
        """
        input_ = input_channel(channel)
        with suppress(PeerGone):
            request = functions.channels.DeleteChannelRequest(channel=input_)
            if await self._call(request, harmless=(errors.ChatAdminRequiredError,)) is None:
                leave_request = functions.channels.LeaveChannelRequest(channel=input_)
                await self._call(leave_request, harmless=(errors.UserNotParticipantError,))

    async def resolve_bot(self, username: str) -> BotRef:
        """Find a bot with contacts.resolveUsername. Frequent calls cause flood waits of hours, so the caller stores the
        result.
        """
        answer = await self._call(functions.contacts.ResolveUsernameRequest(username=username))
        for user in answer.users:
            if isinstance(user, types.User) and user.bot:
                return BotRef(username, user.id, user.access_hash)
        raise PeerGone(f"@{username} is no bot")

    async def ensure_admin(self, channel: ChannelRef, bot: BotRef, rights: AdminRights) -> None:
        """Make a bot an administrator, which also adds the bot; bots cannot be invited
        (core.telegram.org/method/channels.inviteToChannel).
        """
        request = functions.channels.EditAdminRequest(
            channel=input_channel(channel),
            user_id=types.InputUser(bot.telegram_id, bot.access_hash),
            admin_rights=types.ChatAdminRights(
                post_messages=rights.post or None,
                edit_messages=rights.edit or None,
                delete_messages=rights.delete or None,
                invite_users=rights.invite or None,
                ban_users=rights.ban or None,
            ),
        )
        await self._call(request, harmless=(errors.ChatNotModifiedError,))

    async def protect(self, channel: ChannelRef) -> None:
        """Switch on content protection, which prevents members from forwarding and saving posts. The error
        CHAT_NOT_MODIFIED means that content protection is already on.
        """
        request = functions.messages.ToggleNoForwardsRequest(peer=input_peer(channel), enabled=True)
        await self._call(request, harmless=(errors.ChatNotModifiedError,))

    async def post_welcome(self, channel: ChannelRef, text: str, random_id: int) -> None:
        """Post the welcome message with a fixed random_id, and pin it. For a while, Telegram refuses a second post with
        the same random_id.

        Nothing but the welcome message is posted before the channel is opened, so any existing post is the welcome
        message.
        """
        full = await self._call(functions.channels.GetFullChannelRequest(channel=input_channel(channel)))
        if full.full_chat.pinned_msg_id is not None:
            return
        message_id = await self._first_post(channel)
        if message_id is None:
            request = functions.messages.SendMessageRequest(
                peer=input_peer(channel), message=text, random_id=random_id, no_webpage=True, silent=True
            )
            updates = await self._call(request, harmless=(errors.RandomIdDuplicateError,))
            message_id = _posted_id(updates) if updates is not None else await self._first_post(channel)
        if message_id is None:
            raise Ambiguous("SendMessage: the answer names no message")
        await self._call(
            functions.messages.UpdatePinnedMessageRequest(peer=input_peer(channel), id=message_id, silent=True),
            harmless=(errors.ChatNotModifiedError,),
        )

    async def reword_welcome(self, channel: ChannelRef, text: str) -> None:
        """Edit the welcome message, which is the channel's first post, pinned and without a picture. A first post of
        any other kind was written by a person and is not edited.
        """
        message_ids = [types.InputMessageID(number) for number in FIRST_NUMBERS]
        answer = await self._call(functions.channels.GetMessagesRequest(channel=input_channel(channel), id=message_ids))
        posts = sorted((item for item in answer.messages if isinstance(item, types.Message)), key=lambda item: item.id)
        if posts and posts[0].pinned and posts[0].media is None:
            request = functions.messages.EditMessageRequest(
                peer=input_peer(channel), id=posts[0].id, message=text, no_webpage=True
            )
            await self._call(request, harmless=_NOT_OURS_TO_EDIT)

    async def export_link(
        self, channel: ChannelRef, title: str, expires_at: datetime, *, by_request: bool
    ) -> ExportedLink:
        """Return an invite link with this title. If a valid link with this title exists, return that link, because a
        lost request may have created it: exporting is not idempotent.
        """
        for link in await self.links(channel):
            if link.title == title and (link.expires_at is None or link.expires_at > self._clock.now()):
                return link
        invite = await self._call(
            functions.messages.ExportChatInviteRequest(
                peer=input_peer(channel),
                title=title,
                expire_date=expires_at,
                request_needed=by_request or None,
                usage_limit=None if by_request else 1,
            )
        )
        return _exported_link(invite)

    async def links(self, channel: ChannelRef) -> Sequence[ExportedLink]:
        """Return the account's links that are not revoked, including the primary link if there is one."""
        return await self._links(channel, are_revoked=False)

    async def _links(self, channel: ChannelRef, *, are_revoked: bool) -> Sequence[ExportedLink]:
        answer = await self._call(
            functions.messages.GetExportedChatInvitesRequest(
                peer=input_peer(channel), admin_id=types.InputUserSelf(), limit=LINKS_PAGE, revoked=are_revoked or None
            )
        )
        return [_exported_link(invite) for invite in answer.invites if isinstance(invite, types.ChatInviteExported)]

    async def revoke_link(self, channel: ChannelRef, url: str) -> None:
        """Revoke a link. An already expired or revoked link is not an error."""
        request = functions.messages.EditExportedChatInviteRequest(peer=input_peer(channel), link=url, revoked=True)
        gone_errors = (errors.InviteHashExpiredError, errors.InviteHashInvalidError, errors.ChatNotModifiedError)
        await self._call(request, harmless=gone_errors)

    async def _first_post(self, channel: ChannelRef) -> int | None:
        history = await self._call(
            functions.messages.GetHistoryRequest(
                peer=input_peer(channel),
                offset_id=0,
                offset_date=None,
                add_offset=0,
                limit=HISTORY_PAGE,
                max_id=0,
                min_id=0,
                hash=0,
            )
        )
        posts = [item.id for item in history.messages if isinstance(item, types.Message)]
        return min(posts, default=None)


def _exported_link(invite: Any) -> ExportedLink:
    return ExportedLink(
        invite.link, invite.title, invite.expire_date, is_revoked=bool(invite.revoked), primary=bool(invite.permanent)
    )


def _last_of(page: Any) -> Any:
    """Return the newest message of the page's last dialog, from which the next page continues; None if that message is
    missing.
    """
    if not page.dialogs:
        return None
    last_dialog = page.dialogs[-1]
    last_key = (utils.get_peer_id(last_dialog.peer), last_dialog.top_message)
    return next((item for item in page.messages if (utils.get_peer_id(item.peer_id), item.id) == last_key), None)


def _posted_id(updates: Any) -> int | None:
    for update in getattr(updates, "updates", []):
        if isinstance(update, types.UpdateMessageID):
            return int(update.id)
    return None
