"""Repository of posts and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import exists, func, select

from subscriptions.domain.entities.post import Post, PostDelivery, PostStatus
from subscriptions.domain.ids import ChannelId, DeliveryId, PlanId, PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.infrastructure.database.codecs import POST_CONTENT
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import post_deliveries, posts
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

POST: Final = RowMapper(Post, codecs={"content": POST_CONTENT})
DELIVERY: Final = RowMapper(PostDelivery, columns={"post_id": "pick_id"})


class SqlPostRepository(Repository[PostId, Post]):
    """PostRepository in PostgreSQL."""

    key: ClassVar = POSTS_KEY

    table = posts
    mapper = POST

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._deliveries = TableStore(unit, post_deliveries, DELIVERY)

    async def by_key(self, key: str, *, lock: bool = False) -> Post | None:
        """Return the post that has this idempotency key of the caller; None if there is none."""
        return await self._rows.one(key=key, lock=lock)

    async def newest(self, limit: int) -> Sequence[Post]:
        """Return up to `limit` posts, including withdrawn ones, the newest first."""
        columns = posts.c
        return await self._rows.all(
            select(posts).order_by(columns.created_at.desc(), columns.id.desc()).limit(limit), skips_unreadable=True
        )

    async def add_delivery_if_new(self, delivery: PostDelivery) -> bool:
        """Add a delivery. Return False if the post already has a delivery for that channel."""
        return await self._deliveries.add_if_new(delivery)

    async def deliveries(self, post_id: PostId) -> Sequence[PostDelivery]:
        """Return the deliveries of a post, the oldest first."""
        columns = post_deliveries.c
        return await self._deliveries.many(pick_id=post_id, order=(columns.created_at, columns.id))

    async def counts(self, post_id: PostId) -> Mapping[tuple[int, str | None], int]:
        """Return the number of a post's deliveries for each pair of shown revision (0: none) and reason of failure
        (None: no failure). The query uses only columns that the web process may read.
        """
        columns = post_deliveries.c
        group_columns = (columns.revision, columns.failed)
        statement = select(*group_columns, func.count()).where(columns.pick_id == post_id).group_by(*group_columns)
        rows = (await self._unit.connection.execute(statement)).all()
        return {(int(revision), reason): int(number) for revision, reason, number in rows}

    async def unshown(self, channel_id: ChannelId) -> Sequence[PostDelivery]:
        """Return the refused deliveries that do not show the post's current revision, the oldest first."""
        columns = post_deliveries.c
        is_behind = exists().where(posts.c.id == columns.pick_id, posts.c.revision != columns.revision)
        return await self._deliveries.many(
            columns.channel_id == channel_id,
            columns.failed.is_not(None),
            is_behind,
            order=(columns.created_at.asc(), columns.id.asc()),
        )

    async def accepted_between(self, plan_id: PlanId, start: datetime, end: datetime) -> Sequence[Post]:
        """Implements `PostRepository.accepted_between`."""
        columns = posts.c
        return await self._rows.many(
            columns.plan_id == plan_id,
            columns.created_at >= start,
            columns.created_at < end,
            columns.status == PostStatus.ACCEPTED.value,
            order=(columns.created_at.asc(), columns.id.asc()),
            skips_unreadable=True,
        )

    async def reminders(self, moment: datetime) -> Sequence[Post]:
        """Implements `PostRepository.reminders`, using the index of deadlines."""
        columns = posts.c
        return await self._rows.many(
            columns.reminds_of.is_not(None),
            columns.deadline > moment,
            columns.status == PostStatus.ACCEPTED.value,
            order=(columns.deadline.asc(), columns.id.asc()),
            skips_unreadable=True,
        )

    async def copy_in(self, post_id: PostId, channel_id: ChannelId) -> PostDelivery | None:
        """Return the delivery of a post to a channel, looked up by its unique key; None if there is none."""
        return await self._deliveries.one(pick_id=post_id, channel_id=channel_id)

    async def unposted_before_deadline(self, start: datetime, end: datetime) -> Sequence[Post]:
        """Implements `PostRepository.unposted_before_deadline`, using the index of deadlines."""
        columns = posts.c
        # Two EXISTS would be planned as a scan of all deliveries.
        least = select(func.min(post_deliveries.c.revision)).where(post_deliveries.c.pick_id == columns.id)
        is_unposted = func.coalesce(least.scalar_subquery(), 0) == 0
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
