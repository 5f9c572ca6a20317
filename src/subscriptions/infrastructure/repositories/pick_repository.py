"""Repository of posts and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import exists, func, or_, select

from subscriptions.domain.entities.pick import Pick, PostDelivery, PostStatus
from subscriptions.domain.ids import ChannelId, DeliveryId, PickId, PlanId
from subscriptions.domain.ports.repositories.picks import PICKS_KEY
from subscriptions.infrastructure.database.codecs import PICK_CONTENT
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import pick_deliveries, picks
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

PICK: Final = RowMapper(Pick, codecs={"content": PICK_CONTENT})
DELIVERY: Final = RowMapper(PostDelivery)


class SqlPickRepository(Repository[PickId, Pick]):
    """PickRepository in PostgreSQL."""

    key: ClassVar = PICKS_KEY

    table = picks
    mapper = PICK

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._deliveries = TableStore(unit, pick_deliveries, DELIVERY)

    async def by_key(self, key: str, *, lock: bool = False) -> Pick | None:
        """Return the post with the caller's idempotency key."""
        return await self._rows.one(key=key, lock=lock)

    async def newest(self, limit: int) -> Sequence[Pick]:
        """Return up to `limit` posts, including withdrawn ones, the newest first."""
        columns = picks.c
        return await self._rows.all(
            select(picks).order_by(columns.created_at.desc(), columns.id.desc()).limit(limit), skips_unreadable=True
        )

    async def add_delivery_if_new(self, delivery: PostDelivery) -> bool:
        """Add a delivery. Return False if the post has one for that channel."""
        return await self._deliveries.add_if_new(delivery)

    async def deliveries(self, pick_id: PickId) -> Sequence[PostDelivery]:
        """Return the deliveries of a post, the oldest first."""
        columns = pick_deliveries.c
        return await self._deliveries.many(pick_id=pick_id, order=(columns.created_at, columns.id))

    async def counts(self, pick_id: PickId) -> Mapping[tuple[int, str | None], int]:
        """Return the numbers of deliveries, read from columns that the web process may read."""
        columns = pick_deliveries.c
        group_columns = (columns.revision, columns.failed)
        statement = select(*group_columns, func.count()).where(columns.pick_id == pick_id).group_by(*group_columns)
        rows = (await self._unit.connection.execute(statement)).all()
        return {(int(revision), reason): int(number) for revision, reason, number in rows}

    async def unshown(self, channel_id: ChannelId) -> Sequence[PostDelivery]:
        """Return the refused deliveries that do not show the post's current revision, the oldest first."""
        columns = pick_deliveries.c
        is_behind = exists().where(picks.c.id == columns.pick_id, picks.c.revision != columns.revision)
        return await self._deliveries.many(
            columns.channel_id == channel_id,
            columns.failed.is_not(None),
            is_behind,
            order=(columns.created_at.asc(), columns.id.asc()),
        )

    async def accepted_between(self, plan_id: PlanId, start: datetime, end: datetime) -> Sequence[Pick]:
        """Return the posts that are not withdrawn, the oldest first."""
        columns = picks.c
        return await self._rows.many(
            columns.plan_id == plan_id,
            columns.created_at >= start,
            columns.created_at < end,
            columns.status == PostStatus.ACCEPTED.value,
            order=(columns.created_at.asc(), columns.id.asc()),
            skips_unreadable=True,
        )

    async def reminders(self, moment: datetime) -> Sequence[Pick]:
        """Return the reminders, using the index of deadlines."""
        columns = picks.c
        return await self._rows.many(
            columns.reminds_of.is_not(None),
            columns.deadline > moment,
            columns.status == PostStatus.ACCEPTED.value,
            order=(columns.deadline.asc(), columns.id.asc()),
            skips_unreadable=True,
        )

    async def copy_in(self, pick_id: PickId, channel_id: ChannelId) -> PostDelivery | None:
        """Return the delivery by its unique key."""
        return await self._deliveries.one(pick_id=pick_id, channel_id=channel_id)

    async def unposted_tips(self, start: datetime, end: datetime) -> Sequence[Pick]:
        """Return the tips, using the index of unpublished copies and that of deadlines."""
        columns = picks.c
        copies = exists().where(pick_deliveries.c.pick_id == columns.id)
        is_unposted = or_(copies.where(pick_deliveries.c.revision == 0), ~copies)
        return await self._rows.many(
            columns.reminds_of.is_(None),
            columns.deadline >= start,
            columns.deadline < end,
            is_unposted,
            order=(columns.deadline.asc(), columns.id.asc()),
            skips_unreadable=True,
        )

    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PostDelivery | None:
        return await self._deliveries.one(id=delivery_id, lock=lock)

    async def save_delivery(self, delivery: PostDelivery) -> None:
        await self._deliveries.save(delivery)
