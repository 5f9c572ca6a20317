"""Second accounts, and what moved from one account to another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.account_transfer.domain import SecondAccount, Takeover
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class TakeoverRepository(Protocol):
    """Whoever writes here holds the customer's row."""

    async def second_of(self, customer_id: CustomerId) -> SecondAccount | None: ...
    async def second_by_account(self, telegram_id: TelegramId) -> SecondAccount | None:
        """Return what this account was proved for."""
        ...

    async def by_code(self, code: str) -> SecondAccount | None:
        """code: its digest."""
        ...

    async def save_second(self, second: SecondAccount) -> None: ...
    async def remove_second(self, customer_id: CustomerId) -> None:
        """Forget it; one that is not there is no fault."""
        ...

    async def get(self, takeover_id: UUID) -> Takeover | None: ...
    async def add_if_new(self, takeover: Takeover) -> bool:
        """False: one of this customer's, or to this account, is open."""
        ...

    async def save(self, takeover: Takeover) -> None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Takeover]:
        """The newest first."""
        ...

    async def list_due(self, now: datetime, limit: int) -> Sequence[Takeover]:
        """Those whose day to object is over, and those that were proposed and have lapsed."""
        ...

    async def list_unannounced(self) -> Sequence[Takeover]:
        """Return the waiting transfers whose notice is not known to have been delivered, the oldest first."""
        ...


TAKEOVERS_KEY: Final = RepositoryKey["TakeoverRepository"]("takeovers")
