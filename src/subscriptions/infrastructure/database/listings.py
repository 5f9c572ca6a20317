"""Lists for programs, from the columns that the web may read."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.subscription import LIVE
from subscriptions.domain.ports.repositories.views import CodeEntry, CustomerEntry, Place
from subscriptions.infrastructure.database.errors import translating

_CUSTOMERS: Final = """
    SELECT id, created_at, first_name, username, ARRAY(
        SELECT soft_id FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
        WHERE subscriptions.customer_id = customers.id AND subscriptions.status = ANY(CAST(:live AS text[]))
        ORDER BY soft_id
    ) AS plans
    FROM customers WHERE (created_at, id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY created_at DESC, id DESC LIMIT :limit
"""
_CODES: Final = """
    SELECT codes.id, codes.created_at, prefix, soft_id AS plan, campaign, expires_at, used_at,
        joined_at, revoked_at
    FROM activation_tokens AS codes JOIN service_plans ON service_plans.id = codes.plan_id
    WHERE (codes.created_at, codes.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY codes.created_at DESC, codes.id DESC LIMIT :limit
"""


class SqlListings:
    """Listings in PostgreSQL, each in one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def customers(self, after: Place, limit: int) -> Sequence[CustomerEntry]:
        """See the port."""
        return [CustomerEntry(**row) for row in await self._rows(_CUSTOMERS, after, limit, live=sorted(LIVE))]

    async def codes(self, after: Place, limit: int) -> Sequence[CodeEntry]:
        """See the port."""
        return [CodeEntry(**row) for row in await self._rows(_CODES, after, limit)]

    async def _rows(self, query: str, after: Place, limit: int, **given: object) -> Sequence[RowMapping]:
        asked = {"at": after.created_at, "id": after.id, "limit": limit, **given}
        with translating():
            async with self._engine.connect() as connection:
                return (await connection.execute(text(query), asked)).mappings().all()
