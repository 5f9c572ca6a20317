"""Repository of broadcasts and their deliveries in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import CursorResult, TextClause, bindparam, case, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert

from features.broadcasts.domain import (
    Addressee,
    Audience,
    Broadcast,
    BroadcastDelivery,
    BroadcastId,
    BroadcastStatus,
    DeliveryState,
)
from features.broadcasts.ports import BROADCASTS_KEY, Counts
from features.broadcasts.tables import broadcast_deliveries, broadcasts
from subscriptions.domain.entities.delivery import BLOCKED_BOT, NEVER_OPENED
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.codecs import POST_CONTENT, VERSION, VersionedJson
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.returned_money import COUNTS, SPENT_AMOUNT, back_of
from subscriptions.infrastructure.database.tables import customers
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.store import Repository


class _AudienceJson(VersionedJson[Audience]):
    """Codec of audiences. An audience with a limit that earlier releases do not know is stored under a different
    version, because earlier releases would ignore the limit and send the broadcast to more people.
    """

    def __init__(self) -> None:
        super().__init__(Audience)

    def dump(self, value: Audience) -> object:
        return {"v": _NARROWED if value.is_narrowed else VERSION, "data": self._adapter.dump_python(value, mode="json")}

    def load(self, value: Any) -> Audience:
        return super().load({**value, "v": VERSION} if value.get("v") == _NARROWED else value)


_NARROWED: Final = 2
BROADCAST: Final = RowMapper(Broadcast, codecs={"content": POST_CONTENT, "audience": _AudienceJson()})
DELIVERY: Final = RowMapper(BroadcastDelivery)
_KEYS: Final = ("broadcast_id", "customer_id")
_SETTLE: Final = (
    update(broadcast_deliveries)
    .where(*(broadcast_deliveries.c[name] == bindparam(f"new_{name}") for name in _KEYS))
    .values({name: bindparam(f"new_{name}") for name in DELIVERY.columns if name not in _KEYS})
)

# `access_until IS NOT NULL` excludes subscriptions that never gave access, such as those of unpaid orders. Erased
# customers have a Telegram id below 0.
_BUYER: Final = "EXISTS (SELECT FROM subscriptions WHERE customer_id = customers.id AND access_until IS NOT NULL{more})"
_OF_PLAN: Final = " AND plan_id = (SELECT id FROM service_plans WHERE soft_id = :plan)"
_NOW: Final = f" AND {IS_LIVE}"
_ENDS: Final = (
    " AND (status = 'canceled' OR provider_ref IS NULL)"
    " AND access_until < CAST(:now AS timestamptz) + make_interval(days => :ends_within)"
)
_SEGMENTS: Final[Mapping[str, str]] = {
    "active": "{live}",
    "lapsed": "{had} AND NOT {live}",
    "never": "NOT {had}",
}
_LIMITS: Final[Mapping[str, str]] = {
    "plan": "{had}",
    "ends_within": "{ends}",
    "chat": "EXISTS (SELECT FROM accesses JOIN telegram_channels ON telegram_channels.id = accesses.channel_id"
    " JOIN resources ON resources.id = telegram_channels.resource_id"
    " WHERE accesses.customer_id = customers.id AND accesses.status = 'active' AND resources.soft_id = :chat)",
    "spent": f"{SPENT_AMOUNT} >= :minor",
    "language": "(language = :language OR language LIKE :language || '-%')",
    "tag": "string_to_array(customers.tags, ' ') @> ARRAY[CAST(:tag AS text)]",
    "source": "customers.source = :source",
}
"""SQL condition for each limit of an audience, keyed by the limit's name."""
_PURCHASES: Final = text(f"""
SELECT
    count(DISTINCT payments.customer_id),
    sum(payments.amount_minor - {back_of("payments")}),
    payments.amount_currency
FROM broadcast_deliveries JOIN payments ON payments.customer_id = broadcast_deliveries.customer_id
WHERE broadcast_deliveries.broadcast_id = :id AND broadcast_deliveries.status = 'sent'
    AND payments.occurred_at >= :since AND payments.occurred_at < :until AND NOT payments.is_renewal AND {COUNTS}
GROUP BY 3 ORDER BY 3""")
"""SQL statement that returns the purchases of recipients after a broadcast, per currency."""
_ANYBODY: Final = "telegram_id > 0 AND barred_at IS NULL"


class SqlBroadcastRepository(Repository[BroadcastId, Broadcast]):
    """BroadcastRepository in PostgreSQL."""

    key: ClassVar = BROADCASTS_KEY

    table = broadcasts
    mapper = BROADCAST

    async def by_key(self, key: str, *, lock: bool = False) -> Broadcast | None:
        """Return the broadcast with this idempotency key; None if there is none."""
        return await self._rows.one(key=key, lock=lock)

    async def note_withdrawn(self, broadcast: Broadcast) -> None:
        """Save that a broadcast is withdrawn, and record the events of the withdrawal."""
        withdrawal = {"status": broadcast.status.value, "revision": broadcast.revision, "begun_at": broadcast.begun_at}
        await self._rows.run(update(broadcasts).where(broadcasts.c.id == broadcast.id).values(withdrawal))
        self._unit.remember(broadcast)

    async def remove(self, broadcast_id: BroadcastId) -> None:
        """Delete a broadcast that was sent to no customer."""
        await self._rows.run(delete(broadcasts).where(broadcasts.c.id == broadcast_id))

    async def newest(self, limit: int, offset: int = 0) -> Sequence[Broadcast]:
        """Return the broadcasts, the newest first."""
        columns = broadcasts.c
        newest = select(broadcasts).order_by(columns.created_at.desc(), columns.id.desc()).limit(limit).offset(offset)
        return await self._rows.all(newest, skips_unreadable=True)

    async def list_mirrored(self, chat: ChatId, start: datetime) -> Sequence[Broadcast]:
        """Return the broadcasts mirrored from a channel since `start` that are not withdrawn, the oldest first."""
        columns = broadcasts.c
        conditions = (columns.key.startswith(f"mirror:{chat}:"), columns.status != BroadcastStatus.WITHDRAWN.value)
        statement = select(broadcasts).where(columns.created_at >= start, *conditions)
        return await self._rows.all(statement.order_by(columns.created_at, columns.id), skips_unreadable=True)

    async def size(self, audience: Audience, now: datetime) -> tuple[int, int]:
        """Return the number of customers in an audience, and the number of reachable customers among them."""
        condition, facts = _condition(audience, now)
        reachable = func.count().filter(customers.c.blocked_at.is_(None), customers.c.unopened_at.is_(None))
        statement = select(func.count(), reachable).select_from(customers).where(condition)
        row = (await self._unit.connection.execute(statement, facts)).one()
        return int(row[0]), int(row[1])

    async def address(self, broadcast: Broadcast, audience: Audience, now: datetime) -> int:
        """Plan a delivery for every customer in the audience who has none yet, and return the number of
        new deliveries.
        """
        condition, facts = _condition(audience, now)
        is_blocked, is_unopened = customers.c.blocked_at.is_not(None), customers.c.unopened_at.is_not(None)
        values = {
            "broadcast_id": literal(broadcast.id),
            "customer_id": customers.c.id,
            "status": case((is_blocked | is_unopened, DeliveryState.FAILED.value), else_=DeliveryState.PENDING.value),
            "failed": case((is_blocked, BLOCKED_BOT), (is_unopened, NEVER_OPENED)),
            "revision": literal(0),
        }
        rows = select(*values.values()).select_from(customers).where(condition)
        statement = insert(broadcast_deliveries).from_select(list(values), rows).on_conflict_do_nothing()
        return (await self._unit.connection.execute(statement, facts)).rowcount

    async def claim(self, broadcast_id: BroadcastId, limit: int, now: datetime) -> Sequence[Addressee]:
        """Claim up to `limit` deliveries that were not attempted yet, so that no other process attempts them."""
        columns = broadcast_deliveries.c
        free = (
            select(columns.customer_id)
            .where(columns.broadcast_id == broadcast_id, columns.status == DeliveryState.PENDING.value)
            .limit(limit)
            .with_for_update(skip_locked=True)
            # A CTE runs once. A subquery may be evaluated again for each row and select other rows each time.
            .cte("free")
        )
        mine = (
            update(broadcast_deliveries)
            .where(columns.broadcast_id == broadcast_id, columns.customer_id == free.c.customer_id)
            .where(customers.c.id == columns.customer_id)
            .values(status=DeliveryState.SENDING.value, sending_since=now)
            .returning(broadcast_deliveries, customers.c.telegram_id)
        )
        return _addressees(await self._unit.connection.execute(mine))

    async def list_outdated(self, broadcast: Broadcast, limit: int) -> Sequence[Addressee]:
        """Return up to `limit` sent deliveries that do not show the broadcast's current revision."""
        columns = broadcast_deliveries.c
        return await self._select_addressed(
            columns.broadcast_id == broadcast.id,
            columns.status == DeliveryState.SENT.value,
            columns.revision < broadcast.revision,
            limit=limit,
        )

    async def settle(self, deliveries: Sequence[BroadcastDelivery]) -> None:
        """Save the results of deliveries, except for customers erased in the meantime."""
        rows = [{f"new_{name}": value for name, value in DELIVERY.to_row(each).items()} for each in deliveries]
        if rows:
            await self._unit.connection.execute(_SETTLE, rows)

    async def list_buyers(self, broadcast: Broadcast, window: timedelta) -> Sequence[tuple[int, Money]]:
        """Implements `BroadcastRepository.list_buyers`. Return an empty list if the broadcast has not begun."""
        if broadcast.begun_at is None:
            return []
        facts = {"id": broadcast.id, "since": broadcast.begun_at, "until": broadcast.begun_at + window}
        rows = (await self._unit.connection.execute(_PURCHASES, facts)).all()
        return [(int(people), Money(int(minor), currency)) for people, minor, currency in rows]

    async def give_up(self, broadcast_id: BroadcastId, cutoff: datetime) -> int:
        """Mark the deliveries that were begun before `cutoff` and have no result as unknown. Return their number."""
        columns = broadcast_deliveries.c
        return await self._move(
            broadcast_id, DeliveryState.SENDING, columns.sending_since < cutoff, status=DeliveryState.UNKNOWN.value
        )

    async def try_again(self, broadcast_id: BroadcastId) -> int:
        """Reset the deliveries with an unknown result, so that they are attempted again. Return their number."""
        return await self._move(
            broadcast_id, DeliveryState.UNKNOWN, status=DeliveryState.PENDING.value, sending_since=None
        )

    async def note_opening(self, broadcast_id: BroadcastId, telegram_id: TelegramId, at: datetime) -> bool:
        """Record that a recipient opened a button of the broadcast. Return False if the opening was recorded before or
        the broadcast was not sent to this person.
        """
        columns = broadcast_deliveries.c
        statement = (
            update(broadcast_deliveries)
            .where(columns.broadcast_id == broadcast_id, columns.opened_at.is_(None))
            .where(columns.message_id.is_not(None), customers.c.id == columns.customer_id)
            .where(customers.c.telegram_id == telegram_id)
            .values(opened_at=at)
        )
        return bool((await self._unit.connection.execute(statement)).rowcount)

    async def count_opened(self, broadcast_id: BroadcastId) -> int:
        """Return the number of recipients who followed the link of a button of the broadcast."""
        columns = broadcast_deliveries.c
        is_of_it = (columns.broadcast_id == broadcast_id, columns.opened_at.is_not(None))
        query = select(func.count()).select_from(broadcast_deliveries).where(*is_of_it)
        return int((await self._unit.connection.execute(query)).scalar_one())

    async def counts(self, broadcast_id: BroadcastId) -> Counts:
        """Return the number of deliveries by state and reason of failure."""
        columns = broadcast_deliveries.c
        query = (
            select(columns.status, columns.failed, func.count())
            .where(columns.broadcast_id == broadcast_id)
            .group_by(columns.status, columns.failed)
        )
        rows = (await self._unit.connection.execute(query)).all()
        return {(DeliveryState(status), reason): int(number) for status, reason, number in rows}

    async def _move(self, broadcast_id: BroadcastId, was: DeliveryState, *conditions: Any, **values: Any) -> int:
        columns = broadcast_deliveries.c
        statement = (
            update(broadcast_deliveries)
            .where(columns.broadcast_id == broadcast_id, columns.status == was.value, *conditions)
            .values(**values)
        )
        return (await self._unit.connection.execute(statement)).rowcount

    async def _select_addressed(self, *conditions: Any, limit: int | None = None) -> Sequence[Addressee]:
        columns = broadcast_deliveries.c
        statement = (
            select(broadcast_deliveries, customers.c.telegram_id)
            .join(customers, customers.c.id == columns.customer_id)
            .where(*conditions)
            .order_by(columns.customer_id)
            .limit(limit)
        )
        return _addressees(await self._unit.connection.execute(statement))


def _addressees(result: CursorResult[Any]) -> Sequence[Addressee]:
    return [
        Addressee(delivery=DELIVERY.to_entity({**row}), telegram_id=TelegramId(row["telegram_id"]))
        for row in result.mappings()
    ]


def _condition(audience: Audience, now: datetime) -> tuple[TextClause, dict[str, object]]:
    """Return an SQL condition on `customers` that selects the audience, and its parameters. The SQL text consists only
    of constants.
    """
    of_plan = _OF_PLAN if audience.plan is not None else ""
    words = {"had": of_plan, "live": of_plan + _NOW, "ends": of_plan + _NOW + _ENDS}
    subqueries = {name: _BUYER.format(more=more) for name, more in words.items()}
    limits: dict[str, object] = {name: getattr(audience, name) for name in _LIMITS}
    facts = {name: value for name, value in limits.items() if value is not None}
    # The other segments restrict the plan themselves.
    is_by_segment = audience.segment in _SEGMENTS
    parts = [_ANYBODY, *([_SEGMENTS[audience.segment]] if is_by_segment else [])]
    parts += [_LIMITS[name] for name in facts if not (name == "plan" and is_by_segment)]
    if audience.spent is not None:
        del facts["spent"]
        facts |= {"currency": audience.spent.currency, "minor": audience.spent.minor}
    if audience.ends_within is not None:
        facts["now"] = now
    return text(" AND ".join(each.format(**subqueries) for each in parts)), facts


REPOSITORIES: Final = (SqlBroadcastRepository,)
