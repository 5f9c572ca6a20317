"""Port for the operations that an account performs at Telegram in the channels that it owns: creating and configuring
channels, and creating and revoking links.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, Protocol

from subscriptions.domain.entities.userbot_account import AccountTrouble, UserbotAccount
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ids import ChatId, TelegramId


@dataclass(frozen=True)
class ChannelRef:
    """Channel as addressed by one account. Each account has a different access hash of the channel."""

    chat_id: ChatId
    access_hash: int


@dataclass(frozen=True)
class BotRef:
    """Bot as addressed by one account. Each account has a different access hash of the bot."""

    username: str
    telegram_id: int
    access_hash: int


@dataclass(frozen=True)
class AdminRights:
    """Rights of a bot in a channel. Other rights are never granted."""

    post: bool = False
    edit: bool = False
    delete: bool = False
    invite: bool = False
    ban: bool = False

    def is_within(self, rights: "AdminRights | None") -> bool:
        """Return True if all of these rights are included in the given ones. `rights`: None if the bot is no
        administrator.
        """
        return rights is not None and all(
            getattr(rights, each.name) for each in fields(self) if getattr(self, each.name)
        )


SUBSCRIPTION_BOT_RIGHTS = AdminRights(post=True, invite=True, ban=True)
SENDER_BOT_RIGHTS = AdminRights(post=True, edit=True, delete=True)


def rights_of(role: str) -> AdminRights:
    """Return the rights that a bot with the role `subscription` or `sender` needs in each channel."""
    return SUBSCRIPTION_BOT_RIGHTS if role == "subscription" else SENDER_BOT_RIGHTS


@dataclass(frozen=True, kw_only=True)
class ChannelState:
    """Current state of a channel at Telegram. `admins`: rights of each administrator except the owner, keyed by
    Telegram id.
    """

    title: str
    is_protected: bool
    admins: Mapping[int, AdminRights]


@dataclass(frozen=True)
class ExportedLink:
    """Invite link created by an account.

    title: title given at creation, which identifies the purpose of the link
    primary: True for the permanent link that every administrator has
    """

    url: str
    title: str | None
    expires_at: datetime | None
    is_revoked: bool = False
    primary: bool = False


@dataclass(frozen=True)
class JoinRequester:
    """Person with an open join request, with the data needed to answer it."""

    telegram_id: TelegramId
    access_hash: int
    name: str


@dataclass(frozen=True)
class Insider:
    """Member of a channel.

    is_trusted: True for the owner, administrators and bots; only the owner can add bots
    rights: rights of an administrator other than the owner
    """

    telegram_id: TelegramId
    access_hash: int
    is_trusted: bool
    rights: AdminRights | None = None


class FloodWait(RetryLater):
    """Error: Telegram makes one account wait before it may call one method again. The caller must store the end of the
    wait, so that other processes respect it too.
    """

    def __init__(self, method: str, wait: timedelta) -> None:
        super().__init__(f"{method}: Telegram wants {int(wait.total_seconds())} s of rest", delay=wait)
        self.method = method
        self.wait = wait


class NotYetAllowed(RetryLater):
    """Error: Telegram refuses the action because the account signed in too recently, and allows it later."""


class Unreachable(RetryLater):
    """Error: the connection to Telegram failed. No request was sent."""


class AccountUnavailable(UmbralError):
    """Error: the account cannot work.

    status: status that the account takes (`full`, `restricted`, `dead`)
    reason: Telegram's error name
    trouble: kind of restriction, which selects the alarm; defaults to the usual one for the status
    """

    def __init__(self, status: str, reason: str, trouble: AccountTrouble | None = None) -> None:
        super().__init__(f"account is {status}: {reason}")
        self.status = status
        self.reason = reason
        self.trouble = trouble or _USUAL.get(status, AccountTrouble.LOGGED_OUT)


_USUAL: Final = {"full": AccountTrouble.FULL, "restricted": AccountTrouble.RESTRICTED}


class PeerGone(UmbralError):
    """Error: the channel or bot does not exist, or no longer exists, for this account."""


class ChannelProvisioner(Protocol):
    """Port for the operations of one connected account at Telegram. The methods may raise FloodWait,
    AccountUnavailable, PeerGone, Ambiguous, RetryLater and Permanent.
    """

    async def find_channels(self, marker: str, oldest: datetime, known_ids: frozenset[int]) -> Sequence[ChannelRef]:
        """Return channels that this account created since `oldest` and whose ids are not in `known_ids`.

        A channel matches if its description ends with `marker`, or if the title of one of the account's links to it,
        revoked or not, begins with `marker`.
        """
        ...

    async def find_administered(self, chat: ChatId) -> ChannelRef | None:
        """Return the channel if this account, which need not be the owner, is an administrator with access to join
        requests. Return None otherwise.
        """
        ...

    async def find_inside(self, chats: Collection[ChatId]) -> Sequence[ChannelRef]:
        """Return the given channels of which the account is a member, including channels created by other accounts."""
        ...

    async def missing_posts(self, channel: ChannelRef, posts: Collection[int]) -> frozenset[int]:
        """Return those of the given posts that do not exist in the channel. Raise PeerGone if the account cannot see
        the channel.
        """
        ...

    async def delete_posts(self, channel: ChannelRef, posts: Collection[int]) -> None:
        """Delete posts by any author. A post that does not exist is not an error. Raise Permanent if the account lacks
        the right.
        """
        ...

    async def channels(self) -> frozenset[ChatId]:
        """Return all channels and supergroups of which the account is a member, whoever created them. Telegram counts
        them towards the account's limit.
        """
        ...

    async def exists(self, channel: ChannelRef) -> bool:
        """Return True if the channel exists for this account. Call this method as a second check before a channel is
        considered deleted: it uses another kind of request than all other methods.
        """
        ...

    async def inspect(self, channel: ChannelRef) -> ChannelState:
        """Return the current state of the channel, which other administrators may have changed."""
        ...

    async def create_channel(self, title: str, description: str) -> ChannelRef:
        """Create a private broadcast channel. The request is sent once; if its result is uncertain, raise Ambiguous."""
        ...

    async def rename(self, channel: ChannelRef, title: str, description: str) -> None:
        """Set the title and the description. Equal values are not an error."""
        ...

    async def describe(self, channel: ChannelRef, description: str) -> None:
        """Set the description. An equal value is not an error."""
        ...

    async def resolve_bot(self, username: str) -> BotRef:
        """Return the bot's id and access hash for this account. Telegram limits this request strictly: call it once and
        store the result.
        """
        ...

    async def ensure_admin(self, channel: ChannelRef, bot: BotRef, rights: AdminRights) -> None:
        """Make the bot an administrator with exactly these rights. Raise PeerGone if the bot's id or access hash is
        wrong.
        """
        ...

    async def protect(self, channel: ChannelRef) -> None:
        """Forbid saving and forwarding. Only the owner of a channel can do this."""
        ...

    async def post_welcome(self, channel: ChannelRef, text: str, random_id: int) -> None:
        """Post and pin the welcome message. Telegram recognizes a repeated request by `random_id`."""
        ...

    async def reword_welcome(self, channel: ChannelRef, text: str) -> None:
        """Edit the pinned welcome message. An equal text or a deleted message is not an error."""
        ...

    async def export_link(
        self, channel: ChannelRef, title: str, expires_at: datetime, *, by_request: bool
    ) -> ExportedLink:
        """Return an invite link for one customer: a working link with the same `title` if there is one, otherwise a new
        link.
        """
        ...

    async def links(self, channel: ChannelRef) -> Sequence[ExportedLink]:
        """Return the account's links to the channel that are not revoked."""
        ...

    async def revoke_link(self, channel: ChannelRef, url: str) -> None:
        """Revoke a link. A link that is already revoked is not an error."""
        ...

    async def join_requests(self, channel: ChannelRef) -> Sequence[JoinRequester]:
        """Return the people with open join requests."""
        ...

    async def answer_request(self, channel: ChannelRef, person: JoinRequester, *, approve: bool) -> bool:
        """Approve or decline a join request. Return False if the request no longer exists or was answered before. Raise
        ActionRequired if the person must do something before Telegram admits them.
        """
        ...

    async def is_member(self, channel: ChannelRef, person: JoinRequester) -> bool:
        """Return True if the person is currently a member."""
        ...

    async def insiders(self, channel: ChannelRef) -> Sequence[Insider]:
        """Return all members, including the account itself."""
        ...

    async def banned(self, channel: ChannelRef) -> frozenset[TelegramId]:
        """Return the people who are banned from the channel, up to the newest 1,000."""
        ...

    async def remove(self, channel: ChannelRef, person: Insider) -> None:
        """Remove a person without keeping the person banned: ban, verify, unban, verify."""
        ...

    async def pardon(self, channel: ChannelRef, person: TelegramId) -> None:
        """Lift a person's ban, if there is one. The caller must make sure that Umbral may lift this ban."""
        ...

    async def delete_channel(self, channel: ChannelRef) -> None:
        """Delete a channel for all its members. A channel that no longer exists is not an error. An account that did
        not create the channel leaves it instead.
        """
        ...

    async def join(self, link: str) -> ChannelRef | None:
        """Join another account's channel by a link that needs no approval. Return None if the link is no longer
        valid.
        """
        ...

    async def promote(self, channel: ChannelRef, person: Insider) -> None:
        """Give a member all rights that can be given, including the right to promote others."""
        ...

    async def myself(self) -> TelegramId:
        """Return the account's own Telegram id."""
        ...


class AccountSessions(Protocol):
    """Port for connecting accounts to Telegram. An account is connected in one process at a time; the caller holds its
    lease.
    """

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        """Connect for a short batch of work. Raise AccountUnavailable or RetryLater when the context is entered."""
        ...
