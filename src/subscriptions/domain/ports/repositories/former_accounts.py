"""Telegram accounts from which customers moved to another one."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class FormerAccountRepository(Protocol):
    """Read finished account transfers. Providers keep naming the account that a customer paid with."""

    async def accounts_of(self, customer_id: CustomerId) -> Collection[TelegramId]:
        """Return the accounts that a customer had before the present one."""
        ...

    async def account_at(self, customer_id: CustomerId, moment: datetime) -> TelegramId | None:
        """Return the account that a customer had at a timestamp, None if it is the present one."""
        ...

    async def taken_from(self, person: TelegramId) -> Collection[CustomerId]:
        """Return the customers who moved away from this account."""
        ...

    async def gave_up(self, person: TelegramId) -> bool:
        """Return True if the latest transfer of this account moved a customer away from it."""
        ...


FORMER_ACCOUNTS_KEY: Final = RepositoryKey["FormerAccountRepository"]("former_accounts")
