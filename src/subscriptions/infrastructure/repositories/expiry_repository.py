"""Repository of bulk expiries, their entries and the owners' decisions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, distinct, func, literal, select

from subscriptions.domain.entities.access import MAY_ENTER
from subscriptions.domain.entities.bulk_expiry import BulkExpiry, BulkExpiryDecision, BulkExpiryEntry, BulkExpiryStatus
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import accesses, sweep_decisions, sweep_rows, sweeps
from subscriptions.infrastructure.database.tables.expiry import IS_OPEN
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

BULK_EXPIRY: Final = RowMapper(BulkExpiry)
ENTRIES: Final = RowMapper(BulkExpiryEntry)
DECISION: Final = RowMapper(BulkExpiryDecision)

_OPEN = verbatim(f"swept.{IS_OPEN}")


class SqlBulkExpiryRepository(Repository[BulkExpiryId, BulkExpiry]):
    """BulkExpiryRepository in PostgreSQL."""

    table = sweeps
    mapper = BULK_EXPIRY

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._store = TableStore(unit, sweep_rows, ENTRIES)
        self._decisions = TableStore(unit, sweep_decisions, DECISION)

    async def with_status(self, status: BulkExpiryStatus) -> Sequence[BulkExpiry]:
        """Return the bulk expiries with this status, the oldest first."""
        return await self._rows.many(stands(status), order=(sweeps.c.began_at.asc(), sweeps.c.id.asc()))

    async def list_entries(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryEntry]:
        """Return all entries of a bulk expiry, in a fixed order."""
        return await self._store.many(sweep_id=sweep_id, order=(sweep_rows.c.ended_on, sweep_rows.c.subscription_id))

    async def open_of(self, subscriptions: Iterable[SubscriptionId]) -> Mapping[SubscriptionId, BulkExpiryEntry]:
        """Return the open entry of each subscription that has one."""
        # One array parameter is used, because a statement accepts at most 32,767 parameters and a bulk expiry may be
        # larger.
        subscription_array = any_(literal(list(subscriptions), ARRAY(Uuid)))
        manies = await self._store.many(
            sweep_rows.c.subscription_id == subscription_array, _OPEN, order=(sweep_rows.c.subscription_id.asc(),)
        )
        return {case.subscription_id: case for case in manies}

    async def save_entries(self, cases: Sequence[BulkExpiryEntry]) -> None:
        """Add or overwrite entries of bulk expiries."""
        await self._store.save_all(cases)

    async def decide(self, decision: BulkExpiryDecision) -> bool:
        """Record an owner's decision. Return False if this step of the bulk expiry was already decided."""
        return await self._decisions.add_if_new(decision)

    async def decisions(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryDecision]:
        """Return the owners' decisions about a bulk expiry, the oldest first."""
        return await self._decisions.many(sweep_id=sweep_id, order=(sweep_decisions.c.at, sweep_decisions.c.step))

    async def people_with_access(self) -> int:
        """Return the number of customers who have access now."""
        may_enter = accesses.c.status.in_(sorted(status.value for status in MAY_ENTER))
        result = await self._unit.connection.execute(
            select(func.count(distinct(accesses.c.customer_id))).where(may_enter)
        )
        return result.scalar_one()


def stands(status: BulkExpiryStatus) -> ColumnElement[bool]:
    """Return the condition that a bulk expiry has this status. The status is literal SQL, as the partial index
    requires.
    """
    return verbatim(f"sweeps.status = '{status.value}'")
