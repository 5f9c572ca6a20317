"""Channels at the simulated Telegram as seen by the bot: members, join requests, links, and the bot's rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    ApproveChatJoinRequest,
    BanChatMember,
    CreateChatInviteLink,
    DeclineChatJoinRequest,
    GetChat,
    GetChatAdministrators,
    GetChatMember,
    GetChatMemberCount,
    RevokeChatInviteLink,
    TelegramMethod,
    UnbanChatMember,
)
from aiogram.types import (
    AcceptedGiftTypes,
    ChatFullInfo,
    ChatInviteLink,
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    User,
)

from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AdminRights, ExportedLink
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.year.journal import Journal

NAME_LIMIT = 32
NO_GIFTS = AcceptedGiftTypes(
    unlimited_gifts=False,
    limited_gifts=False,
    unique_gifts=False,
    premium_subscription=False,
    gifts_from_channels=False,
)


class ChatMembers:
    """Executor of the bot's calls about channels.

    removed, admitted: callbacks for every person removed or admitted
    linked: callback with the name of every created link, and whether the link requires a join request
    unanswered_links: links that were created although the bot did not receive the response
    """

    def __init__(self, telegram: MemoryTelegram, journal: Journal, bot: int) -> None:
        self._telegram = telegram
        self._journal = journal
        self._bot = bot
        self.removed: Callable[[MadeChannel, int], None] = lambda channel, person: None
        self.admitted: Callable[[MadeChannel, int], None] = lambda channel, person: None
        self.unanswered_links: set[str] = set()
        self.linked: Callable[[MadeChannel, str, bool], None] = lambda channel, name, asks: None

    def carry_out(self, method: TelegramMethod[Any]) -> Any:
        """Execute a call and return the response. Raises TelegramBadRequest for calls that Telegram refuses."""
        work: dict[type[Any], Callable[[MadeChannel, Any], Any]] = {
            GetChat: self._chat,
            GetChatMember: self._member,
            GetChatMemberCount: self._count,
            GetChatAdministrators: self._administrators,
            BanChatMember: self._ban,
            UnbanChatMember: self._unban,
            ApproveChatJoinRequest: self._answer,
            DeclineChatJoinRequest: self._answer,
            CreateChatInviteLink: self._link,
            RevokeChatInviteLink: self._revoke,
        }
        return work[type(method)](self._channel(method), method)

    def answer_lost(self, answer: Any) -> None:
        """Record a call that was executed but whose response the bot does not receive."""
        if isinstance(answer, ChatInviteLink) and not answer.is_revoked:
            self.unanswered_links.add(answer.invite_link)

    def _channel(self, method: TelegramMethod[Any]) -> MadeChannel:
        wanted = ChatId(int(cast(Any, method).chat_id))
        for channel in self._telegram.channels:
            if channel.chat_id == wanted:
                return channel
        raise TelegramBadRequest(method=method, message="Bad Request: chat not found")

    def _rights(self, channel: MadeChannel, method: TelegramMethod[Any], right: str) -> None:
        if not getattr(channel.admins.get(self._bot, AdminRights()), right):
            raise TelegramBadRequest(method=method, message="Bad Request: not enough rights")

    def _chat(self, channel: MadeChannel, method: GetChat) -> ChatFullInfo:
        return ChatFullInfo(
            id=channel.chat_id,
            type="channel",
            title=channel.title,
            accent_color_id=0,
            max_reaction_count=0,
            accepted_gift_types=NO_GIFTS,
        )

    def _member(self, channel: MadeChannel, method: GetChatMember) -> Any:
        person = TelegramId(method.user_id)
        user = User(id=person, is_bot=person == self._bot, first_name="-")
        rights = channel.admins.get(person)
        if rights is not None or person in channel.promoted:
            return _admin(user, rights or AdminRights())
        if person in channel.members:
            return ChatMemberMember(user=user)
        return ChatMemberBanned(user=user, until_date=self._now()) if person in channel.banned else _left(user)

    def _count(self, channel: MadeChannel, method: GetChatMemberCount) -> int:
        return len(channel.members | channel.promoted | set(channel.admins))

    def _administrators(self, channel: MadeChannel, method: GetChatAdministrators) -> list[ChatMemberAdministrator]:
        own = {person: rights for person, rights in channel.admins.items() if person == self._bot}
        people = {person: AdminRights() for person in channel.promoted} | own
        return [
            _admin(User(id=person, is_bot=person == self._bot, first_name="-"), rights)
            for person, rights in people.items()
        ]

    def _ban(self, channel: MadeChannel, method: BanChatMember) -> bool:
        person = TelegramId(method.user_id)
        self._rights(channel, method, "ban")
        if person in channel.promoted:
            raise TelegramBadRequest(method=method, message="Bad Request: user is an administrator of the chat")
        if person in channel.members:
            self.removed(channel, person)
            self._journal.log("is put out", channel.chat_id, person=person)
        channel.members.discard(person)
        channel.waiting.discard(person)
        channel.banned.add(person)
        return True

    def _unban(self, channel: MadeChannel, method: UnbanChatMember) -> bool:
        self._rights(channel, method, "ban")
        channel.banned.discard(TelegramId(method.user_id))
        return True

    def _answer(self, channel: MadeChannel, method: ApproveChatJoinRequest | DeclineChatJoinRequest) -> bool:
        person = TelegramId(method.user_id)
        self._rights(channel, method, "invite")
        if person not in channel.waiting:
            raise TelegramBadRequest(method=method, message="Bad Request: HIDE_REQUESTER_MISSING")
        channel.waiting.discard(person)
        if isinstance(method, ApproveChatJoinRequest):
            channel.members.add(person)
            self.admitted(channel, person)
            self._journal.log("enters", channel.chat_id, person=person)
        return True

    def _link(self, channel: MadeChannel, method: CreateChatInviteLink) -> ChatInviteLink:
        self._rights(channel, method, "invite")
        asks, name = bool(method.creates_join_request), method.name or ""
        expires_at = cast(datetime, method.expire_date)
        if asks and method.member_limit is not None:
            raise TelegramBadRequest(method=method, message="Bad Request: member limit can't be specified")
        if len(name) > NAME_LIMIT or expires_at <= self._now():
            raise TelegramBadRequest(method=method, message="Bad Request: invite link can't be created")
        made = ExportedLink(f"https://t.me/+{self._telegram.number():016}", name, expires_at)
        self._telegram.by_request[made.url] = asks
        channel.links.append(made)
        self._journal.log("link", channel.chat_id, name)
        self.linked(channel, name, asks)
        return self._shown(made, asks)

    def _revoke(self, channel: MadeChannel, method: RevokeChatInviteLink) -> ChatInviteLink:
        self._rights(channel, method, "invite")
        found = next((link for link in channel.links if link.url == method.invite_link), None)
        if found is None or found.is_revoked:
            why = "INVITE_HASH_INVALID" if found is None else "INVITE_HASH_EXPIRED"
            raise TelegramBadRequest(method=method, message=f"Bad Request: {why}")
        revoked = replace(found, is_revoked=True)
        channel.links = [revoked if link is found else link for link in channel.links]
        return self._shown(revoked, self._telegram.by_request[found.url])

    def _shown(self, link: ExportedLink, asks: bool) -> ChatInviteLink:
        return ChatInviteLink(
            invite_link=link.url,
            creator=User(id=self._bot, is_bot=True, first_name="-"),
            creates_join_request=asks,
            is_primary=False,
            is_revoked=link.is_revoked,
            name=link.title,
            expire_date=link.expires_at,
        )

    def _now(self) -> datetime:
        return self._telegram.clock.now()


def _left(user: User) -> ChatMemberLeft:
    return ChatMemberLeft(user=user)


def _admin(user: User, rights: AdminRights) -> ChatMemberAdministrator:
    return ChatMemberAdministrator(
        user=user,
        can_be_edited=False,
        is_anonymous=False,
        can_manage_chat=True,
        can_delete_messages=rights.delete,
        can_manage_video_chats=False,
        can_restrict_members=rights.ban,
        can_promote_members=False,
        can_change_info=False,
        can_invite_users=rights.invite,
        can_post_stories=False,
        can_edit_stories=False,
        can_delete_stories=False,
        can_send_welcome_messages=False,
        can_post_messages=rights.post,
        can_edit_messages=rights.edit,
    )
