"""Repository of the previous Telegram accounts of customers who moved to another account."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from sqlalchemy import or_, select

from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.infrastructure.database.tables import takeovers
from subscriptions.infrastructure.repositories.store import Unit

_IS_DONE = takeovers.c.status == AccountTransferStatus.DONE


class SqlFormerAccountRepository:
    """FormerAccountRepository in PostgreSQL."""

    key: ClassVar = FORMER_ACCOUNTS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def accounts_of(self, customer_id: CustomerId) -> Collection[TelegramId]:
        """Implements `FormerAccountRepository.accounts_of`."""
        statement = select(takeovers.c.from_account).where(takeovers.c.customer_id == customer_id, _IS_DONE)
        rows = await self._unit.connection.execute(statement.distinct())
        return {TelegramId(each) for each in rows.scalars()}

    async def account_at(self, customer_id: CustomerId, moment: datetime) -> TelegramId | None:
        """Implements `FormerAccountRepository.account_at`."""
        conditions = (takeovers.c.customer_id == customer_id, _IS_DONE)
        statement = select(takeovers.c.from_account).where(*conditions, takeovers.c.closed_at > moment)
        result = await self._unit.connection.execute(statement.order_by(takeovers.c.closed_at).limit(1))
        account = result.scalar_one_or_none()
        return TelegramId(account) if account is not None else None

    async def taken_from(self, person: TelegramId) -> Collection[CustomerId]:
        """Implements `FormerAccountRepository.taken_from`."""
        statement = select(takeovers.c.customer_id).where(takeovers.c.from_account == person, _IS_DONE)
        rows = await self._unit.connection.execute(statement.distinct())
        return {CustomerId(each) for each in rows.scalars()}

    async def gave_up(self, person: TelegramId) -> bool:
        """Implements `FormerAccountRepository.gave_up`."""
        concerns = or_(takeovers.c.from_account == person, takeovers.c.to_account == person)
        newest = (
            select(takeovers.c.from_account).where(concerns, _IS_DONE).order_by(takeovers.c.closed_at.desc()).limit(1)
        )
        return (await self._unit.connection.execute(newest)).scalar_one_or_none() == person
