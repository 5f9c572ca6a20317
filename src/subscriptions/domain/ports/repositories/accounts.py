"""Repository of the userbot accounts that own channels, and of the operator's bots."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.userbot_account import AccountBot, Bot, UserbotAccount
from subscriptions.domain.ids import AccountId


class AccountRepository(Protocol):
    """Repository of userbot accounts and of the bots that they make administrators."""

    async def get(self, account_id: AccountId, *, lock: bool = False) -> UserbotAccount | None: ...
    async def all(self, *, lock: bool = False) -> Sequence[UserbotAccount]: ...
    async def list_without_secrets(self) -> Sequence[UserbotAccount]:
        """Return all accounts without phone and session, for callers that must not be able to sign in."""
        ...

    async def can_provide_channel(self) -> bool:
        """Return True if a customer who buys now can get a channel: an account can own another one, a pre-created one
        is ready, or no account is connected yet. Temporary limits of Telegram do not count. The method reads only
        columns that the web process may read.
        """
        ...

    async def add_if_new(self, account: UserbotAccount) -> bool:
        """Add an account; the database assigns the id. Return False if an account with this phone number exists
        already.
        """
        ...

    async def save(self, account: UserbotAccount) -> None: ...
    async def bots(self) -> Sequence[Bot]: ...
    async def save_bot(self, bot: Bot) -> None: ...
    async def bot_seen_by(self, account_id: AccountId, bot_id: int) -> AccountBot | None: ...
    async def save_account_bot(self, account_bot: AccountBot) -> None: ...
