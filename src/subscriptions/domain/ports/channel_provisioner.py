"""What an owning account does at Telegram: make channels, equip them, make and revoke links."""

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
    """A channel as one account knows it; access hashes differ by account."""

    chat_id: ChatId
    access_hash: int


@dataclass(frozen=True)
class BotRef:
    """A bot as one account knows it."""

    username: str
    telegram_id: int
    access_hash: int


@dataclass(frozen=True)
class AdminRights:
    """What a bot may do in a channel; nothing else is given."""

    post: bool = False
    edit: bool = False
    delete: bool = False
    invite: bool = False
    ban: bool = False

    def is_within(self, rights: "AdminRights | None") -> bool:
        """Whether all of these are among those given; None: it is no admin."""
        return rights is not None and all(
            getattr(rights, each.name) for each in fields(self) if getattr(self, each.name)
        )


SUBSCRIPTION_BOT_RIGHTS = AdminRights(post=True, invite=True, ban=True)
SENDER_BOT_RIGHTS = AdminRights(post=True, edit=True, delete=True)


def rights_of(role: str) -> AdminRights:
    """What a bot of this role needs in each channel: `subscription` or `sender`."""
    return SUBSCRIPTION_BOT_RIGHTS if role == "subscription" else SENDER_BOT_RIGHTS


@dataclass(frozen=True, kw_only=True)
class ChannelState:
    """A channel as Telegram has it now. admins: by their number, without who owns it."""

    title: str
    is_protected: bool
    admins: Mapping[int, AdminRights]


@dataclass(frozen=True)
class ExportedLink:
    """A link an account made. title: the intent it was made for. primary: the one every admin has, always."""

    url: str
    title: str | None
    expires_at: datetime | None
    is_revoked: bool = False
    primary: bool = False


@dataclass(frozen=True)
class JoinRequester:
    """Somebody waiting at the door, with what is needed to answer."""

    telegram_id: TelegramId
    access_hash: int
    name: str


@dataclass(frozen=True)
class Insider:
    """Somebody inside a channel. is_trusted: its owner, an admin, or a bot, which the owner alone brings in.

    rights: of an admin that is not the owner.
    """

    telegram_id: TelegramId
    access_hash: int
    is_trusted: bool
    rights: AdminRights | None = None


class FloodWait(RetryLater):
    """Telegram ordered a wait for one method of one account; it has to be kept beyond this process."""

    def __init__(self, method: str, wait: timedelta) -> None:
        super().__init__(f"{method}: Telegram wants {int(wait.total_seconds())} s of rest", delay=wait)
        self.method = method
        self.wait = wait


class NotYetAllowed(RetryLater):
    """Telegram does not let an account do this that was signed in lately; it does after a while."""


class Unreachable(RetryLater):
    """Telegram could not be connected to; nothing was asked of it yet."""


class AccountUnavailable(UmbralError):
    """The account cannot work: status is what it becomes (`full`, `restricted`, `dead`), reason Telegram's word.

    trouble: which alarm it is, the usual one for its status unless given.
    """

    def __init__(self, status: str, reason: str, trouble: AccountTrouble | None = None) -> None:
        super().__init__(f"account is {status}: {reason}")
        self.status = status
        self.reason = reason
        self.trouble = trouble or _USUAL.get(status, AccountTrouble.LOGGED_OUT)


_USUAL: Final = {"full": AccountTrouble.FULL, "restricted": AccountTrouble.RESTRICTED}


class PeerGone(UmbralError):
    """The channel or bot is not there for this account (any more)."""


class ChannelProvisioner(Protocol):
    """One connected account. Raises FloodWait, AccountUnavailable, PeerGone, Ambiguous, RetryLater, Permanent."""

    async def find_channels(self, marker: str, oldest: datetime, known_ids: frozenset[int]) -> Sequence[ChannelRef]:
        """Channels this account made since then that we do not know yet: their description ends with `marker`, or one
        of the account's links into them, revoked ones too, has a title that begins with it.
        """
        ...

    async def find_administered(self, chat: ChatId) -> ChannelRef | None:
        """A channel somebody else may own, where this account is an admin that may see who asks to join."""
        ...

    async def find_inside(self, chats: Collection[ChatId]) -> Sequence[ChannelRef]:
        """Those of these channels that it is in, whoever made them."""
        ...

    async def missing_posts(self, channel: ChannelRef, posts: Collection[int]) -> frozenset[int]:
        """Which of these posts the channel has not (any more). Raises PeerGone where the account does not see it."""
        ...

    async def delete_posts(self, channel: ChannelRef, posts: Collection[int]) -> None:
        """Delete these posts, whoever wrote them; one that is gone is fine. Raises Permanent where it may not."""
        ...

    async def channels(self) -> frozenset[ChatId]:
        """All channels and large groups it is in, whoever made them: Telegram counts these against its room."""
        ...

    async def exists(self, channel: ChannelRef) -> bool:
        """Whether Telegram has the channel for this account: asked in another way than all else, to make sure."""
        ...

    async def inspect(self, channel: ChannelRef) -> ChannelState:
        """What strangers may have changed."""
        ...

    async def create_channel(self, title: str, description: str) -> ChannelRef:
        """Make a private broadcast channel. Sent once; whatever is uncertain is Ambiguous."""
        ...

    async def rename(self, channel: ChannelRef, title: str, description: str) -> None:
        """Give it another name and description; one that has them already is fine."""
        ...

    async def describe(self, channel: ChannelRef, description: str) -> None:
        """Give it another description; one that has it already is fine."""
        ...

    async def resolve_bot(self, username: str) -> BotRef:
        """How this account addresses a bot. Costly at Telegram: ask once and keep the answer."""
        ...

    async def ensure_admin(self, channel: ChannelRef, bot: BotRef, rights: AdminRights) -> None:
        """Make the bot an admin with just these rights. Raises PeerGone where the bot is not addressed rightly."""
        ...

    async def protect(self, channel: ChannelRef) -> None:
        """Forbid saving and forwarding; only the owner can."""
        ...

    async def post_welcome(self, channel: ChannelRef, text: str, random_id: int) -> None:
        """Post and pin; `random_id` is the number by which Telegram recognises a repetition."""
        ...

    async def reword_welcome(self, channel: ChannelRef, text: str) -> None:
        """Have the pinned welcome say something else; one that says so already, or is there no more, is fine."""
        ...

    async def export_link(
        self, channel: ChannelRef, title: str, expires_at: datetime, *, by_request: bool
    ) -> ExportedLink:
        """A link for one customer; one that works and was made for the same `title` is given again."""
        ...

    async def links(self, channel: ChannelRef) -> Sequence[ExportedLink]:
        """The account's links into the channel that are not revoked."""
        ...

    async def revoke_link(self, channel: ChannelRef, url: str) -> None:
        """Make a link useless; one that is so already is fine."""
        ...

    async def join_requests(self, channel: ChannelRef) -> Sequence[JoinRequester]:
        """Who waits to be let in."""
        ...

    async def answer_request(self, channel: ChannelRef, person: JoinRequester, *, approve: bool) -> bool:
        """Let in or turn away. False: the request is gone, or was answered before. Raises ActionRequired where the
        person cannot be let in before doing something."""
        ...

    async def is_member(self, channel: ChannelRef, person: JoinRequester) -> bool:
        """Whether the person is inside now."""
        ...

    async def insiders(self, channel: ChannelRef) -> Sequence[Insider]:
        """Everybody who is inside, the account itself too."""
        ...

    async def banned(self, channel: ChannelRef) -> frozenset[TelegramId]:
        """Return the people who are banned from the channel, up to the newest 1,000."""
        ...

    async def remove(self, channel: ChannelRef, person: Insider) -> None:
        """Put a person out without barring the way back: ban, verify, unban, verify."""
        ...

    async def pardon(self, channel: ChannelRef, person: TelegramId) -> None:
        """Lift a person's ban, if there is one. Callers make sure that it is ours to lift."""
        ...

    async def delete_channel(self, channel: ChannelRef) -> None:
        """Delete a channel for everybody; one that is gone already is fine. An account that did not make it leaves."""
        ...

    async def join(self, link: str) -> ChannelRef | None:
        """Come into another account's channel by a link that asks nobody; None: it leads nowhere any more."""
        ...

    async def promote(self, channel: ChannelRef, person: Insider) -> None:
        """Give somebody who is inside all rights that can be given, that of promoting others among them."""
        ...

    async def myself(self) -> TelegramId:
        """Whose account this is."""
        ...


class AccountSessions(Protocol):
    """Opens accounts. One account is open in one process only, ever: the caller holds its lease."""

    def open(self, account: UserbotAccount) -> AbstractAsyncContextManager[ChannelProvisioner]:
        """Connect for a short batch of work. Raises AccountUnavailable or RetryLater on entering."""
        ...
