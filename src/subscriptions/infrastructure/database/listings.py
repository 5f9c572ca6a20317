"""Lists for programs, from the columns that the web may read."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.subscription import LIVE
from subscriptions.domain.ports.repositories.views import (
    CodeEntry,
    CustomerEntry,
    PaymentEntry,
    PersonEntry,
    Place,
    PlanEntry,
    SubscriptionEntry,
)
from subscriptions.infrastructure.database.errors import translating
from subscriptions.infrastructure.database.returned_money import back_of

_CUSTOMERS: Final = """
    SELECT id, created_at, first_name, username, {more} ARRAY(
        SELECT soft_id FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
        WHERE subscriptions.customer_id = customers.id AND subscriptions.status = ANY(CAST(:live AS text[]))
        ORDER BY soft_id
    ) AS plans
    FROM customers
"""
_CODES: Final = """
    SELECT codes.id, codes.created_at, prefix, soft_id AS plan, campaign, expires_at, used_at,
        joined_at, revoked_at
    FROM activation_tokens AS codes JOIN service_plans ON service_plans.id = codes.plan_id
"""
_SUBSCRIPTIONS: Final = """
    SELECT own.id, own.created_at, own.customer_id AS customer, soft_id AS plan, own.status, own.provider,
        own.price_minor, own.price_currency, access_until, cancel_at_period_end, cancel_reason, ended_at, end_reason,
        CASE WHEN own.status IN ('active', 'paused') THEN pause_until END AS pause_until
    FROM subscriptions AS own JOIN service_plans ON service_plans.id = own.plan_id
"""
_PAYMENTS: Final = f"""
    SELECT own.id, recorded_at AS created_at, own.customer_id AS customer, own.subscription_id AS subscription,
        soft_id AS plan, own.provider, own.status, flag, is_renewal, amount_minor, amount_currency, occurred_at,
        {back_of("own")} AS refunded_minor
    FROM payments AS own JOIN orders ON orders.id = own.order_id
    JOIN service_plans ON service_plans.id = orders.plan_id
"""
_PLANS: Final = """
    SELECT soft_id AS id, name, access, active, recurring, price_minor, price_currency, ends_on
    FROM service_plans ORDER BY position, soft_id
"""


def _behind(at: str, named: str) -> str:
    return f"""
    WHERE ({at}, {named}) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY {at} DESC, {named} DESC LIMIT :limit"""


class SqlListings:
    """Listings in PostgreSQL, each in one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def customers(self, after: Place, limit: int) -> Sequence[CustomerEntry]:
        """See the port."""
        query = _CUSTOMERS.format(more="") + _behind("created_at", "id")
        rows = await self._page(query, after, limit, live=sorted(LIVE))
        return [CustomerEntry(**row) for row in rows]

    async def codes(self, after: Place, limit: int) -> Sequence[CodeEntry]:
        """See the port."""
        rows = await self._page(_CODES + _behind("codes.created_at", "codes.id"), after, limit)
        return [CodeEntry(**row) for row in rows]

    async def subscriptions(self, after: Place, limit: int) -> Sequence[SubscriptionEntry]:
        """See the port."""
        rows = await self._page(_SUBSCRIPTIONS + _behind("own.created_at", "own.id"), after, limit)
        return [SubscriptionEntry(**row) for row in rows]

    async def payments(self, after: Place, limit: int) -> Sequence[PaymentEntry]:
        """See the port."""
        rows = await self._page(_PAYMENTS + _behind("own.recorded_at", "own.id"), after, limit)
        return [PaymentEntry(**row) for row in rows]

    async def plans(self) -> Sequence[PlanEntry]:
        """See the port."""
        return [PlanEntry(**row) for row in await self._rows(_PLANS)]

    async def person(self, named: UUID) -> PersonEntry | None:
        """See the port."""
        query = _CUSTOMERS.format(more="telegram_id, source,") + "WHERE id = :id"
        rows = await self._rows(query, id=named, live=sorted(LIVE))
        return PersonEntry(**rows[0]) if rows else None

    async def subscription(self, named: UUID) -> SubscriptionEntry | None:
        """See the port."""
        rows = await self._rows(_SUBSCRIPTIONS + "WHERE own.id = :id", id=named)
        return SubscriptionEntry(**rows[0]) if rows else None

    async def payment(self, named: UUID) -> PaymentEntry | None:
        """See the port."""
        by = "WHERE own.id IN (CAST(:id AS uuid), (SELECT payment_id FROM refunds WHERE id = CAST(:id AS uuid)))"
        rows = await self._rows(_PAYMENTS + by, id=named)
        return PaymentEntry(**rows[0]) if rows else None

    async def _page(self, query: str, after: Place, limit: int, **given: object) -> Sequence[RowMapping]:
        return await self._rows(query, at=after.created_at, id=after.id, limit=limit, **given)

    async def _rows(self, query: str, **given: object) -> Sequence[RowMapping]:
        with translating():
            async with self._engine.connect() as connection:
                return (await connection.execute(text(query), given)).mappings().all()
