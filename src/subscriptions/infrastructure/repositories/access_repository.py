"""Repositories of access to chats, and of the append-only ledger that explains when access ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, text

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.ledger import PROVIDERS_TIME, LedgerEntry
from subscriptions.domain.ids import AccessId, ChannelId, CustomerId, SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import accesses, ledger_entries
from subscriptions.infrastructure.database.tables.access import IS_GRANT
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

ACCESS: Final = RowMapper(Access)

_C = accesses.c
_OLDEST_FIRST = (_C.created_at.asc(), _C.id.asc())

ENTRY: Final = RowMapper(LedgerEntry)

_COUNTED_UNTIL: Final = (
    select(ledger_entries.c.subscription_id, func.max(ledger_entries.c.starts_at + ledger_entries.c.length))
    .where(
        ledger_entries.c.subscription_id.in_(bindparam("subscriptions", expanding=True)),
        ledger_entries.c.kind.in_(PROVIDERS_TIME),
    )
    .group_by(ledger_entries.c.subscription_id)
)


class SqlAccessRepository(Repository[AccessId, Access]):
    """AccessRepository in PostgreSQL."""

    table = accesses
    mapper = ACCESS

    async def find(self, customer_id: CustomerId, channel_id: ChannelId, *, lock: bool = False) -> Access | None:
        """Return a customer's access to a channel; None if there is none."""
        return await self._rows.one(customer_id=customer_id, channel_id=channel_id, lock=lock)

    async def of_channel(self, channel_id: ChannelId, *, lock: bool = False) -> Sequence[Access]:
        """Return the channel's access rows, the oldest first."""
        return await self._rows.many(channel_id=channel_id, order=_OLDEST_FIRST, lock=lock)

    async def page_of_channel(self, channel_id: ChannelId, after_id: AccessId | None, limit: int) -> Sequence[Access]:
        """Implements `AccessRepository.page_of_channel`."""
        later = [_C.id > after_id] if after_id is not None else []
        return await self._rows.all(
            select(accesses).where(_C.channel_id == channel_id, *later).order_by(_C.id).limit(limit)
        )

    async def list_leaving(self) -> Sequence[Access]:
        """Return the access rows whose entitlement has ended and whose customer may still be in the chat, the oldest
        first.
        """
        return await self._rows.many(status=AccessStatus.REVOKING, order=_OLDEST_FIRST)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Access]:
        """Return the customer's access rows, the oldest first."""
        return await self._rows.many(customer_id=customer_id, order=_OLDEST_FIRST)


class SqlLedgerRepository:
    """LedgerRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entries = TableStore(unit, ledger_entries, ENTRY, generated_column="id")

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """Add an entry. Return False if an entry with the same cause exists already."""
        return await self._entries.add_if_new(entry)

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]:
        """Return the entries of a subscription in the order in which they are applied."""
        columns = ledger_entries.c
        return await self._entries.many(subscription_id=subscription_id, order=(columns.starts_at, columns.id))

    async def list_switched(self, subscription_ids: Collection[SubscriptionId]) -> Sequence[SubscriptionId]:
        """Implements `LedgerReader.list_switched`."""
        columns = ledger_entries.c
        switched = columns.changed_from.is_not(None), columns.subscription_id.in_(list(subscription_ids))
        statement = select(columns.subscription_id).distinct().where(*switched).order_by(columns.subscription_id)
        return [SubscriptionId(each) for each in await self._unit.connection.scalars(statement)]

    async def granted_to(self, source_key: str) -> Sequence[SubscriptionId]:
        """Implements `LedgerReader.granted_to`."""
        # The kind is written literally, because a partial index is used only for a query that contains the same text.
        columns = ledger_entries.c
        statement = select(columns.subscription_id).where(text(IS_GRANT), columns.source_key == source_key)
        rows = await self._unit.connection.scalars(statement.order_by(columns.subscription_id))
        return [SubscriptionId(each) for each in rows]

    async def counted_until(self, subscription_ids: Collection[SubscriptionId]) -> Mapping[SubscriptionId, datetime]:
        """Implements `LedgerReader.counted_until`."""
        rows = await self._unit.connection.execute(_COUNTED_UNTIL, {"subscriptions": list(subscription_ids)})
        return {SubscriptionId(subscription_id): end for subscription_id, end in rows}
