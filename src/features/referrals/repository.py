"""Reader of the customers referred by a referral link, in PostgreSQL."""

from typing import ClassVar, Final

from sqlalchemy import func, select

from features.referrals.ports import REFERRALS_KEY
from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.tables import customers
from subscriptions.infrastructure.repositories.store import Unit


class SqlReferralRepository:
    """ReferralRepository in PostgreSQL."""

    key: ClassVar = REFERRALS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def count_of(self, customer_id: CustomerId) -> tuple[int, int]:
        """Implements `ReferralRepository.count_of`."""
        columns = customers.c
        statement = select(func.count(), func.count(columns.referral_payment_id)).where(
            columns.referrer_id == customer_id
        )
        came, payer_count = (await self._unit.connection.execute(statement)).one()
        return int(came), int(payer_count)


REPOSITORIES: Final = (SqlReferralRepository,)
