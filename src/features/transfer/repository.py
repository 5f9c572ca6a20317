"""Repository of second accounts and account transfers in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import and_, delete, or_, select

from features.transfer.domain import AGREED_WITHIN, AccountTransfer, SecondAccount
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.tables import second_accounts
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import takeovers
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

SECOND: Final = RowMapper(SecondAccount)
ACCOUNT_TRANSFER: Final = RowMapper(AccountTransfer)
_NEWEST: Final = (takeovers.c.asked_at.desc(), takeovers.c.id)


class SqlAccountTransferRepository(Repository[UUID, AccountTransfer]):
    """AccountTransferRepository in PostgreSQL."""

    key: ClassVar = ACCOUNT_TRANSFERS_KEY

    table = takeovers
    mapper = ACCOUNT_TRANSFER

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._seconds = TableStore(unit, second_accounts, SECOND)

    async def second_of(self, customer_id: CustomerId) -> SecondAccount | None:
        """Implements `AccountTransferRepository.second_of`."""
        return await self._seconds.one(customer_id=customer_id)

    async def second_by_account(self, telegram_id: TelegramId) -> SecondAccount | None:
        """Implements `AccountTransferRepository.second_by_account`."""
        return await self._seconds.one(telegram_id=telegram_id)

    async def by_code(self, code: str) -> SecondAccount | None:
        """Implements `AccountTransferRepository.by_code`."""
        return await self._seconds.one(code=code)

    async def save_second(self, second: SecondAccount) -> None:
        """Implements `AccountTransferRepository.save_second`."""
        await self._seconds.save(second)

    async def remove_second(self, customer_id: CustomerId) -> None:
        """Implements `AccountTransferRepository.remove_second`."""
        await self._unit.connection.execute(delete(second_accounts).where(second_accounts.c.customer_id == customer_id))

    async def of_customer(self, customer_id: CustomerId) -> Sequence[AccountTransfer]:
        """Implements `AccountTransferRepository.of_customer`."""
        return await self._rows.many(customer_id=customer_id, order=_NEWEST)

    async def list_due(self, now: datetime, limit: int) -> Sequence[AccountTransfer]:
        """Implements `AccountTransferRepository.list_due`."""
        columns = takeovers.c
        is_due = and_(columns.status == AccountTransferStatus.WAITING, columns.due_at <= now)
        is_lapsed = and_(columns.status == AccountTransferStatus.PROPOSED, columns.asked_at <= now - AGREED_WITHIN)
        statement = select(takeovers).where(or_(is_due, is_lapsed)).order_by(columns.asked_at, columns.id)
        return await self._rows.all(statement.limit(limit), skips_unreadable=True)

    async def list_unannounced(self) -> Sequence[AccountTransfer]:
        """Implements `AccountTransferRepository.list_unannounced`."""
        columns = takeovers.c
        is_unannounced = or_(columns.due_at.is_(None), columns.undelivered.is_not(None))
        is_waiting = verbatim(f"status = '{AccountTransferStatus.WAITING}'")
        return await self._rows.many(is_waiting, is_unannounced, order=(columns.asked_at, columns.id))


REPOSITORIES: Final = (SqlAccountTransferRepository,)
"""Repository classes of the feature."""
