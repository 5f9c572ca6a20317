"""Repository of the Telegram accounts from which customers moved to another account."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class FormerAccountRepository(Protocol):
    """Read access to completed transfers of customers to other Telegram accounts. The earlier accounts must remain
    known, because a provider's events continue to name the account with which the customer paid.
    """

    async def accounts_of(self, customer_id: CustomerId) -> Collection[TelegramId]:
        """Return the accounts that a customer had before the current one."""
        ...

    async def account_at(self, customer_id: CustomerId, moment: datetime) -> TelegramId | None:
        """Return the account that a customer had at a given time; None if it is the current account."""
        ...

    async def taken_from(self, person: TelegramId) -> Collection[CustomerId]:
        """Return the customers who moved from this account to another account."""
        ...

    async def gave_up(self, person: TelegramId) -> bool:
        """Return True if a customer moved away from this account in the latest transfer that involved the account."""
        ...


FORMER_ACCOUNTS_KEY: Final = RepositoryKey["FormerAccountRepository"]("former_accounts")
