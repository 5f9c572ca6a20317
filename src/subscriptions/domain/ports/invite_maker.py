"""Port for invite links to shared chats, created by the bot that administers the chats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import ChatId


@dataclass(frozen=True)
class MadeLink:
    """Invite link that Telegram created, with its expiry."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChannelLook:
    """State of a chat as the bot sees it.

    chat: id of the chat; None if not requested
    chat_type: Telegram's name of the type, such as `supergroup`
    missing_rights: rights that the bot needs and lacks (`post`, `invite`, `remove`)
    members_invite: True if members may add other people, as in groups that allow this to everyone
    username: public @name; None if the chat has none
    linked_chat: for a group, the channel whose posts it discusses; for a channel, its discussion group; None without a
        link
    outsiders: actions that people outside a group may take: `write` for comments on the posts of the linked channel,
        `join` for joining without approval
    """

    title: str
    is_channel: bool
    is_admin: bool
    chat_type: str = ""
    chat: ChatId | None = None
    missing_rights: tuple[str, ...] = ()
    members_invite: bool = False
    username: str | None = None
    linked_chat: ChatId | None = None
    outsiders: tuple[str, ...] = ()

    @property
    def admits(self) -> bool:
        """True if the bot can admit people to the chat and remove them: it is an administrator with these rights."""
        return self.is_admin and not {"invite", "remove"}.intersection(self.missing_rights)

    @property
    def fit(self) -> bool:
        """True if the chat is a channel in which the bot is an administrator with all rights that it needs."""
        return self.is_channel and self.is_admin and not self.missing_rights


RIGHTS: Final[Mapping[str, str]] = {
    "invite": "can_invite_users",
    "remove": "can_restrict_members",
    "post": "can_post_messages",
}
"""Names in the Bot API of the rights that the bot needs (core.telegram.org/bots/api#chatmemberadministrator), keyed by
Umbral's names.
"""


def outsiders_of(*, is_linked: bool, is_public: bool, only_members_write: bool, is_asked: bool) -> tuple[str, ...]:
    """Return the actions that people who are not members of a supergroup may take there, according to its settings. A
    bot can read these settings but not change them (core.telegram.org/bots/api#chatfullinfo,
    core.telegram.org/api/discussion).
    """
    writes = is_linked and not only_members_write
    joins = (is_linked or is_public) and not is_asked
    return tuple(word for word, may in (("write", writes), ("join", joins)) if may)


class LooksAtChats(Protocol):
    """Port for reading the state of a chat of the operator. May raise RetryLater."""

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """Return the chat as the bot sees it. Return None if the bot cannot find the chat."""
        ...


class InviteMaker(LooksAtChats, Protocol):
    """Port for creating invite links. May raise RetryLater, Permanent, or Ambiguous if Telegram may have created a link
    that is not recorded. Such a link is harmless because it is bound to one person.
    """

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """Create a link for one person.

        name: name of the link, up to 32 characters, visible to administrators only
        by_request: True if the link creates a join request
        """
        ...

    async def revoke(self, chat: ChatId, url: str) -> None:
        """Revoke a link. A link that is already revoked or deleted is not an error."""
        ...
