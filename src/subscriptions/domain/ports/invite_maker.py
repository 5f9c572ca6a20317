"""Links into the VIP channel, made by the bot that is its admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import ChatId


@dataclass(frozen=True)
class MadeLink:
    """What Telegram made: the address, and until when it leads anywhere."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChannelLook:
    """A chat as the bot sees it. missing_rights: what the bot may not do there and has to (`post`, `invite`, `remove`).

    chat_type: Telegram's word for it, as `supergroup`. chat: its id, None where it was not asked for. members_invite:
    whether its members may add others, which they may in groups that allow it to all. username: its public @name, None
    where it has none. linked_chat: the channel whose posts a group discusses, or the channel's group. outsiders: what
    people who are not in a group may do there: `write` about the posts of its channel, `join` without being asked in.
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
    def fit(self) -> bool:
        """Whether the bot can do its work there."""
        return self.is_channel and self.is_admin and not self.missing_rights


RIGHTS: Final[Mapping[str, str]] = {
    "invite": "can_invite_users",
    "remove": "can_restrict_members",
    "post": "can_post_messages",
}
"""What the bot has to be allowed, by the Bot API's names (core.telegram.org/bots/api#chatmemberadministrator)."""


def outsiders_of(*, is_linked: bool, is_public: bool, only_members_write: bool, is_asked: bool) -> tuple[str, ...]:
    """What people outside of a supergroup may do. A bot can read these settings and change none of them
    (core.telegram.org/bots/api#chatfullinfo, core.telegram.org/api/discussion)."""
    writes = is_linked and not only_members_write
    joins = (is_linked or is_public) and not is_asked
    return tuple(word for word, may in (("write", writes), ("join", joins)) if may)


class InviteMaker(Protocol):
    """Raise RetryLater, Ambiguous (a link nobody knows may have been made: harmless, it is bound) or Permanent."""

    async def make(self, chat: ChatId, name: str, expires_at: datetime, *, by_request: bool) -> MadeLink:
        """A link for one person. name: up to 32 characters that only admins see. by_request: it only lets them ask."""
        ...

    async def revoke(self, chat: ChatId, url: str) -> None:
        """Make a link useless; one that is so already, or is gone, is fine."""
        ...

    async def look(self, chat: ChatId | str) -> ChannelLook | None:
        """What the chat is to the bot. None: there is no such chat for it."""
        ...
