"""Repository of resources, such as channels and groups that plans include, and of their chats."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.resource import PERSONAL, GrandfatheredEntitlement, Holders, PlanTopic, Resource
from subscriptions.domain.ids import ChannelId, ChatId, CustomerId, PlanId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    accesses,
    bans_to_lift,
    chat_guests,
    customers,
    kept_openings,
    plan_resources,
    plan_topics,
    resource_contents,
    resources,
    seen_chats,
    subscriptions,
    telegram_channels,
)
from subscriptions.infrastructure.database.tables.resources import HINDERED
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

RESOURCE: Final = RowMapper(Resource)

CONTENT: Final = RowMapper(Content)

GRANDFATHERED_ROWS: Final = RowMapper(GrandfatheredEntitlement)

TOPIC: Final = RowMapper(PlanTopic)

_R, _C, _K, _S = resources.c, telegram_channels.c, kept_openings.c, subscriptions.c
_L, _G, _B = seen_chats.c, chat_guests.c, bans_to_lift.c
_HINDERED = verbatim(HINDERED)
_LIVE = verbatim(f"subscriptions.{IS_LIVE}")
_EXISTS = _C.status != ChannelStatus.DELETED.value
_ORDER = (_R.created_at.asc(), _R.soft_id.asc())


class SqlResourceRepository(Repository[ResourceId, Resource]):
    """ResourceRepository in PostgreSQL."""

    table = resources
    mapper = RESOURCE

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._channels = TableStore(unit, telegram_channels, CHANNEL)
        self._contents = TableStore(unit, resource_contents, CONTENT)
        self._topics = TableStore(unit, plan_topics, TOPIC)

    async def by_soft_id(self, soft_id: str) -> Resource | None:
        """Return the resource with this slug; None if there is none."""
        return await self._rows.one(soft_id=soft_id)

    async def all(self) -> Sequence[Resource]:
        """Return all resources, the oldest first; resources of the same age are ordered by slug."""
        return await self._rows.many(order=_ORDER, skips_unreadable=True)

    async def by_soft_ids(self, soft_ids: Collection[str], *, skips_unreadable: bool = False) -> Sequence[Resource]:
        """Implements `ResourceRepository.by_soft_ids`."""
        named = _R.soft_id.in_(list(soft_ids))
        return await self._rows.many(named, order=_ORDER, skips_unreadable=skips_unreadable)

    async def channel(self, resource_id: ResourceId) -> Channel | None:
        """Return the chat of a shared resource; None if there is none or it was released."""
        return await self._channels.one(_EXISTS, resource_id=resource_id)

    async def content(self, resource_id: ResourceId) -> Content | None:
        """Return the content of a resource; None if the resource has no content. The content is stored in a separate
        table that the web process cannot read.
        """
        return await self._contents.one(resource_id=resource_id)

    async def save_content(self, content: Content) -> None:
        await self._contents.save(content)

    async def list_placed(self) -> Collection[ResourceId]:
        """Return the ids of the resources that have a chat. Only columns that the web process may read are used."""
        statement = select(_C.resource_id).where(_C.resource_id.is_not(None), _EXISTS)
        return {ResourceId(row.resource_id) for row in await self._unit.connection.execute(statement)}

    async def list_admitting(self) -> Collection[ResourceId]:
        """Implements `ResourceRepository.list_admitting`, by the state in which the bot last saw each chat."""
        is_hindered = exists().where(_L.chat_id == _C.channel_id, _HINDERED)
        statement = select(_C.resource_id).where(_C.resource_id.is_not(None), _EXISTS, ~is_hindered)
        return {ResourceId(row.resource_id) for row in await self._unit.connection.execute(statement)}

    async def list_unchecked(self, seen_before: datetime, closed_before: datetime) -> Sequence[ChannelId]:
        """Implements `ResourceRepository.list_unchecked`."""
        is_old = _L.seen_at.is_(None) | (_L.seen_at < seen_before) | (_HINDERED & (_L.seen_at < closed_before))
        statement = (
            select(_C.id)
            .outerjoin(seen_chats, _L.chat_id == _C.channel_id)
            .where(_C.resource_id.is_not(None), _C.status == ChannelStatus.READY.value, is_old)
        )
        return [ChannelId(each) for each in await self._unit.connection.scalars(statement.order_by(_C.id))]

    async def list_concerning(
        self, customer_id: CustomerId, plan_id: PlanId, soft_ids: Collection[str]
    ) -> Sequence[Resource]:
        """Implements `ResourceRepository.list_concerning`. The resources are ordered as by `all`."""
        channels = select(_C.resource_id).join(accesses, accesses.c.channel_id == _C.id)
        mine = channels.where(accesses.c.customer_id == customer_id, _C.resource_id.is_not(None), _EXISTS)
        is_named = _R.soft_id.in_(list(soft_ids))
        personal = (
            _C.kind == ChannelKind.PERSONAL.value,
            _C.customer_id == customer_id,
            _C.plan_id == plan_id,
            _EXISTS,
        )
        own = and_(_R.soft_id == PERSONAL, select(_C.id).where(*personal).exists())
        return await self._rows.all(select(resources).where(is_named | own | _R.id.in_(mine)).order_by(*_ORDER))

    async def see_chat(self, look: ChannelLook, at: datetime) -> None:
        """Save the state of a chat as the bot sees it, in one row per chat."""
        row = {
            "chat_id": look.chat,
            "title": look.title,
            "username": look.username,
            "chat_type": look.chat_type,
            "is_admin": look.is_admin,
            "missing": " ".join(look.missing_rights),
            "members_invite": look.members_invite,
            "linked": look.linked_chat,
            "outsiders": " ".join(look.outsiders),
            "seen_at": at,
        }
        statement = insert(seen_chats).values(row)
        await self._rows.run(statement.on_conflict_do_update(index_elements=[_L.chat_id], set_=row))

    async def seen_chat(self, chat: ChatId | str) -> ChannelLook | None:
        """Return the last stored state of a chat; None if the bot has never seen the chat. `chat`: id, or @name in
        upper or lower case.
        """
        is_known = (
            func.lower(_L.username) == chat.removeprefix("@").lower() if isinstance(chat, str) else _L.chat_id == chat
        )
        looks = await self._looks(is_known, 1)
        return looks[0] if looks else None

    async def seen_chats(self, limit: int) -> Sequence[ChannelLook]:
        """Return the chats that the bot administers but that belong to no resource, the most recently seen first."""
        ours = exists().where(_C.channel_id == _L.chat_id)
        return await self._looks(_L.is_admin & ~ours, limit)

    async def _looks(self, which: ColumnElement[bool], limit: int) -> list[ChannelLook]:
        statement = select(seen_chats).where(which).order_by(_L.seen_at.desc(), _L.chat_id).limit(limit)
        rows = (await self._unit.connection.execute(statement)).mappings()
        return [
            ChannelLook(
                title=row["title"],
                is_channel=row["chat_type"] == "channel",
                is_admin=row["is_admin"],
                chat_type=row["chat_type"],
                chat=ChatId(row["chat_id"]),
                missing_rights=tuple(row["missing"].split()),
                members_invite=row["members_invite"],
                username=row["username"],
                linked_chat=ChatId(row["linked"]) if row["linked"] is not None else None,
                outsiders=tuple(row["outsiders"].split()),
            )
            for row in rows
        ]

    async def count_chat(self, chat: ChatId, unnamed_count: int, at: datetime) -> None:
        """Save the number of members of a chat that could not be identified."""
        statement = update(seen_chats).where(_L.chat_id == chat).values(unnamed=unnamed_count, counted_at=at)
        await self._rows.run(statement)

    async def guests(self, channel_id: ChannelId, limit: int | None = None) -> Sequence[TelegramId]:
        """Return the guests of a chat, who are known members without an entitlement. The guest who was seen longest ago
        comes first.
        """
        mine = select(_G.telegram_id).where(_G.channel_id == channel_id)
        statement = mine.order_by(_G.seen_at, _G.telegram_id).limit(limit)
        return [TelegramId(each) for each in await self._unit.connection.scalars(statement)]

    async def note_guest(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """Save a guest. There is one row per chat and person."""
        statement = insert(chat_guests).values(channel_id=channel_id, telegram_id=person, seen_at=at)
        key = [_G.channel_id, _G.telegram_id]
        await self._rows.run(statement.on_conflict_do_update(index_elements=key, set_={"seen_at": at}))

    async def drop_guest(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Delete a guest, if there is one."""
        is_theirs = (_G.channel_id == channel_id) & (_G.telegram_id == person)
        await self._rows.run(delete(chat_guests).where(is_theirs))

    async def note_ban(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """Save a ban that Umbral has to lift, in one row per chat and person."""
        statement = insert(bans_to_lift).values(channel_id=channel_id, telegram_id=person, noted_at=at)
        await self._rows.run(statement.on_conflict_do_nothing())

    async def drop_ban(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Delete the record of a ban, if there is one."""
        await self._rows.run(delete(bans_to_lift).where(_B.channel_id == channel_id, _B.telegram_id == person))

    async def is_ban_ours(self, channel_id: ChannelId, person: TelegramId) -> bool:
        """Return True if the ban is recorded as one that Umbral has to lift."""
        statement = select(_B.telegram_id).where(_B.channel_id == channel_id, _B.telegram_id == person)
        return await self._unit.connection.scalar(statement) is not None

    async def named_inside(self, channel_id: ChannelId) -> frozenset[TelegramId]:
        """Return the Telegram ids of the customers and guests in a chat, without loading the customers."""
        who = select(customers.c.telegram_id).join(accesses, accesses.c.customer_id == customers.c.id)
        members = who.where(accesses.c.channel_id == channel_id, accesses.c.status == AccessStatus.ACTIVE.value)
        statement = members.union(select(_G.telegram_id).where(_G.channel_id == channel_id))
        return frozenset(TelegramId(each) for each in await self._unit.connection.scalars(statement))

    async def topic(self, channel_id: ChannelId, plan_id: PlanId) -> PlanTopic | None:
        return await self._topics.one(channel_id=channel_id, plan_id=plan_id)

    async def claim_topic(self, topic: PlanTopic, patience: timedelta) -> bool:
        """Claim the creation of a topic by its primary key. Of two concurrent calls, only one returns True."""
        columns = plan_topics.c
        is_free = columns.thread.is_(None) & (columns.asked_at <= topic.asked_at - patience)
        claim = (
            insert(plan_topics)
            .values(TOPIC.to_row(topic))
            .on_conflict_do_update(
                index_elements=[columns.channel_id, columns.plan_id], set_={"asked_at": topic.asked_at}, where=is_free
            )
            .returning(columns.plan_id)
        )
        return (await self._unit.connection.execute(claim)).first() is not None

    async def save_topic(self, topic: PlanTopic) -> None:
        """Store the thread id that Telegram assigned to a plan's topic."""
        await self._rows.run(update(plan_topics).where(*_is_topic(topic)).values(thread=topic.thread))

    async def drop_topic(self, topic: PlanTopic) -> None:
        """Delete a topic, unless its thread id has changed."""
        is_same = plan_topics.c.thread.is_not_distinct_from(topic.thread)
        await self._rows.run(delete(plan_topics).where(*_is_topic(topic), is_same))

    async def plans_with(self, resource_id: ResourceId) -> Collection[PlanId]:
        """Return the ids of the plans that include the resource, on offer or not."""
        statement = select(plan_resources.c.plan_id).where(plan_resources.c.resource_id == resource_id)
        return {PlanId(row.plan_id) for row in await self._unit.connection.execute(statement)}

    async def plans_keeping(self, resource_id: ResourceId) -> Collection[PlanId]:
        """Return the ids of the plans whose live subscriptions include a grandfathered entitlement to the resource."""
        subscription_ids = select(_K.subscription_id).where(_K.resource_id == resource_id)
        statement = select(_S.plan_id).distinct().where(_LIVE, _S.id.in_(subscription_ids))
        return {PlanId(row.plan_id) for row in await self._unit.connection.execute(statement)}

    async def holders(self, resource: Resource, plan_ids: Collection[PlanId]) -> Holders:
        """Count the customers with access to the resource. The count is based on the plans that include the resource
        now; a personal channel belongs to one plan only.
        """
        who = func.count(_S.customer_id.distinct())
        these = _S.plan_id.in_(list(plan_ids))
        total = await self._unit.connection.scalar(select(who).where(_LIVE, these)) or 0
        if resource.soft_id == PERSONAL:
            return Holders(total, total)
        other = subscriptions.alias("other")
        including = select(plan_resources.c.plan_id).where(plan_resources.c.resource_id == resource.id)
        others = select(other.c.id).where(
            verbatim(f"other.{IS_LIVE}"),
            other.c.customer_id == _S.customer_id,
            other.c.plan_id.in_(including),
            other.c.plan_id.not_in(list(plan_ids)),
        )
        only_count = await self._unit.connection.scalar(select(who).where(_LIVE, these, ~others.exists()))
        return Holders(total, only_count or 0)

    async def delete_if_unused(self, resource_id: ResourceId) -> bool:
        """Delete a resource. Return False if the resource does not exist or is in use. The row of its chat is kept
        without a resource, so that the chat can be added again later.
        """
        channel = await self.channel(resource_id)
        if channel is not None:
            is_used = select(accesses.c.id).where(accesses.c.channel_id == channel.id).exists()
            if await self._unit.connection.scalar(select(is_used)):
                return False
        statement = delete(resources).where(_R.id == resource_id).returning(_R.id)
        try:
            async with self._unit.connection.begin_nested():
                nobodys = {"resource_id": None, "channel_id": None, "status": ChannelStatus.DELETED.value}
                release = update(telegram_channels).where(_C.resource_id == resource_id)
                await self._rows.run(release.values(nobodys))
                return (await self._unit.connection.execute(statement)).first() is not None
        except IntegrityError:
            return False

    async def keep(self, resource_id: ResourceId, plan_id: PlanId) -> None:
        """Give the plan's live subscriptions a grandfathered entitlement to the resource until their current end of
        access. Subscriptions with lifelong access get none.
        """
        columns = ["subscription_id", "resource_id", "until"]
        rows = select(_S.id, select(_R.id).where(_R.id == resource_id).scalar_subquery(), _S.access_until).where(
            _LIVE, _S.plan_id == plan_id, _S.access_until.is_not(None)
        )
        statement = insert(kept_openings).from_select(columns, rows)
        keys = [_K.subscription_id, _K.resource_id]
        await self._rows.run(
            statement.on_conflict_do_update(index_elements=keys, set_={"until": statement.excluded.until})
        )

    async def drop_kept(
        self, resource_id: ResourceId, *, plan_id: PlanId | None = None, subscription_id: SubscriptionId | None = None
    ) -> None:
        """Delete the grandfathered entitlements to a resource, either of a plan's subscriptions or of
        one subscription.
        """
        of_plan = select(_S.id).where(_S.plan_id == plan_id)
        whose = _K.subscription_id.in_(of_plan) if plan_id is not None else _K.subscription_id == subscription_id
        await self._rows.run(delete(kept_openings).where(_K.resource_id == resource_id, whose))

    async def prolong_kept(self, subscription_id: SubscriptionId, length: timedelta) -> None:
        """Extend all grandfathered entitlements of a subscription by `length`."""
        prolong = update(kept_openings).where(_K.subscription_id == subscription_id)
        await self._rows.run(prolong.values(until=_K.until + length))

    async def kept_due(self, now: datetime, limit: int) -> Sequence[GrandfatheredEntitlement]:
        """Return the grandfathered entitlements that have expired, the earliest first, without those of suspended
        subscriptions.
        """
        is_on_hold = select(_S.id).where(_S.id == _K.subscription_id, _LIVE, _S.withheld_since.is_not(None)).exists()
        statement = (
            select(kept_openings)
            .where(_K.until <= now, ~is_on_hold)
            .order_by(_K.until.asc(), _K.subscription_id)
            .limit(limit)
        )
        return [
            GRANDFATHERED_ROWS.to_entity(dict(row))
            for row in (await self._unit.connection.execute(statement)).mappings()
        ]

    async def kept_by(self, subscription_id: SubscriptionId) -> Sequence[Resource]:
        """Return the resources to which a subscription has a grandfathered entitlement, ordered as by `all`."""
        mine = select(_K.resource_id).where(_K.subscription_id == subscription_id)
        return await self._rows.many(_R.id.in_(mine), order=_ORDER)

    async def kept_of_plan(self, customer_id: CustomerId, plan_id: PlanId) -> Sequence[Resource]:
        """Return the resources to which a customer's live subscription to a plan has a grandfathered entitlement,
        ordered as by `all`.
        """
        theirs = (_S.id == _K.subscription_id, _S.customer_id == customer_id, _S.plan_id == plan_id, _LIVE)
        return await self._rows.many(_R.id.in_(select(_K.resource_id).where(*theirs)), order=_ORDER)


def _is_topic(topic: PlanTopic) -> tuple[ColumnElement[bool], ...]:
    return plan_topics.c.channel_id == topic.channel_id, plan_topics.c.plan_id == topic.plan_id
