"""Repository of second accounts and account transfers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.account_transfer.domain import SecondAccount, Takeover
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class TakeoverRepository(Protocol):
    """Repository of second accounts and account transfers. Callers that write hold the lock on the customer's row."""

    async def second_of(self, customer_id: CustomerId) -> SecondAccount | None: ...
    async def second_by_account(self, telegram_id: TelegramId) -> SecondAccount | None:
        """Return the second account that was proved with this Telegram account."""
        ...

    async def by_code(self, code: str) -> SecondAccount | None:
        """Return the second account that a code proves. code: its digest."""
        ...

    async def save_second(self, second: SecondAccount) -> None: ...
    async def remove_second(self, customer_id: CustomerId) -> None:
        """Delete the second account of a customer. Idempotent."""
        ...

    async def get(self, takeover_id: UUID) -> Takeover | None: ...
    async def add_if_new(self, takeover: Takeover) -> bool:
        """Add a transfer. Return False if the customer, or the other account, has an open one."""
        ...

    async def save(self, takeover: Takeover) -> None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Takeover]:
        """Return the transfers of a customer, newest first."""
        ...

    async def list_due(self, now: datetime, limit: int) -> Sequence[Takeover]:
        """Return transfers whose time to object is over, and proposed transfers that have lapsed."""
        ...

    async def list_unannounced(self) -> Sequence[Takeover]:
        """Return the waiting transfers whose notice is not known to have been delivered, the oldest first."""
        ...


TAKEOVERS_KEY: Final = RepositoryKey["TakeoverRepository"]("takeovers")
