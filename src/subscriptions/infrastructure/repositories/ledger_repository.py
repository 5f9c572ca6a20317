"""The append-only entries that explain when access ends."""

from collections.abc import Sequence
from typing import Final

from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.ids import SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import ledger_entries
from subscriptions.infrastructure.repositories.store import TableStore, Unit

ENTRY: Final = RowMapper(LedgerEntry)


class SqlLedgerRepository:
    """LedgerRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._entries = TableStore(unit, ledger_entries, ENTRY, generated="id")

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """False: its cause is counted already."""
        return await self._entries.add_if_new(entry)

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]:
        """In the order of the fold."""
        columns = ledger_entries.c
        return await self._entries.many(
            columns.subscription_id == subscription_id, order=(columns.starts_at.asc(), columns.id.asc())
        )
