"""Port of the repository of second accounts and account transfers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.transfer.domain import AccountTransfer, SecondAccount
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class AccountTransferRepository(Protocol):
    """Repository of second accounts and account transfers. A caller that writes must hold the lock on the customer's
    row.
    """

    async def second_of(self, customer_id: CustomerId) -> SecondAccount | None: ...
    async def second_by_account(self, telegram_id: TelegramId) -> SecondAccount | None:
        """Return the row in which this Telegram account is a verified second account; None if there is none."""
        ...

    async def by_code(self, code: str) -> SecondAccount | None:
        """Return the second account that a code verifies; None if there is none. `code`: digest of the code."""
        ...

    async def save_second(self, second: SecondAccount) -> None: ...
    async def remove_second(self, customer_id: CustomerId) -> None:
        """Delete the second account of a customer. Idempotent."""
        ...

    async def get(self, account_transfer_id: UUID) -> AccountTransfer | None: ...
    async def add_if_new(self, account_transfer: AccountTransfer) -> bool:
        """Add a transfer. Return False if the customer or the other account has an open transfer."""
        ...

    async def save(self, account_transfer: AccountTransfer) -> None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[AccountTransfer]:
        """Return the transfers of a customer, newest first."""
        ...

    async def list_due(self, now: datetime, limit: int) -> Sequence[AccountTransfer]:
        """Return the transfers whose period for an objection is over, and the proposed transfers that have expired."""
        ...

    async def list_unannounced(self) -> Sequence[AccountTransfer]:
        """Return the open transfers whose notice has not been recorded as delivered, the oldest first."""
        ...


ACCOUNT_TRANSFERS_KEY: Final = RepositoryKey["AccountTransferRepository"]("account_transfers")
