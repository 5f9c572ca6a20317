"""Repositories of activation tokens, VIP entries and shared chats."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, null, select, true, update

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import (
    ChannelId,
    CustomerId,
    OrderId,
    ResourceId,
    SubscriptionId,
    TelegramId,
    TokenId,
)
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY, VIP_KEY, TokenCounts
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    accesses,
    activation_tokens,
    channel_invites,
    customers,
    kept_openings,
    plan_resources,
    resources,
    ritual_entries,
    subscriptions,
    telegram_channels,
    vip_entries,
)
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.access_repository import ACCESS
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL, INVITE
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim
from subscriptions.infrastructure.repositories.subscription_repository import SUBSCRIPTION, ended_of_vip

ENTRY: Final = RowMapper(VipEntry, read_only=("resource_id",))
RITUAL_ENTRY: Final = RowMapper(VipEntry)

_OF_VIP = (null().label("resource_id"),)
_LIVE = verbatim(f"subscriptions.{IS_LIVE}")
_IS_VIP = (
    telegram_channels.c.kind == ChannelKind.VIP.value,
    telegram_channels.c.status != ChannelStatus.DELETED.value,
)
_LIVE_INVITE = verbatim("channel_invites.status = 'live'")

TOKEN: Final = RowMapper(ActivationToken)

_TOKENS = activation_tokens.c
_IS_PLAIN = verbatim("NOT activation_tokens.sealed")


def _opens(soft_id: str) -> ColumnElement[bool]:
    """Return the condition that a subscription's plan includes the resource, or that the subscription has a
    grandfathered entitlement to it.
    """
    resource_id = select(resources.c.id).where(resources.c.soft_id == soft_id).scalar_subquery()
    plan_ids = select(plan_resources.c.plan_id).where(plan_resources.c.resource_id == resource_id)
    kept = kept_openings.c
    keeps = exists().where(kept.subscription_id == subscriptions.c.id, kept.resource_id == resource_id)
    return subscriptions.c.plan_id.in_(plan_ids) | keeps


class SqlVipEntryRepository:
    """VipEntryRepository in PostgreSQL. Entries for the VIP channel are in one table, and those for other resources in
    another.
    """

    key: ClassVar = VIP_ENTRIES_KEY

    def __init__(self, unit: Unit) -> None:
        self._of_vip = TableStore(unit, vip_entries, ENTRY, more_columns=_OF_VIP)
        self._of_others = TableStore(unit, ritual_entries, RITUAL_ENTRY)

    async def find(
        self, customer_id: CustomerId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None:
        """Return a customer's entry for a resource; None if there is none. `resource_id`: None for the VIP channel."""
        store, _, equal = self._entries(resource_id)
        return await store.one(customer_id=customer_id, lock=lock, **equal)

    async def by_telegram_id(
        self, telegram_id: TelegramId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None:
        """Return a Telegram user's entry for a resource; None if there is none. `resource_id`: None for the VIP
        channel.
        """
        store, customer, equal = self._entries(resource_id)
        who = select(customers.c.id).where(customers.c.telegram_id == telegram_id).scalar_subquery()
        entries = await store.many(customer == who, order=(), lock=lock, skips_unreadable=False, **equal)
        return entries[0] if entries else None

    async def of_all(
        self, customer_ids: Sequence[CustomerId], resource_id: ResourceId | None = None
    ) -> Sequence[VipEntry]:
        """Lock and return the entries ordered by the customers' ids, so that two transactions cannot deadlock."""
        store, customer, equal = self._entries(resource_id)
        conditions, order = customer.in_(customer_ids), (customer.asc(),)
        return await store.many(conditions, order=order, lock=True, skips_unreadable=False, **equal)

    async def under_way(self, resource_id: ResourceId) -> Sequence[VipEntry]:
        """Return the entries whose steps are not completed, without locking them."""
        columns = ritual_entries.c
        conditions = columns.resource_id == resource_id, columns.vip_entry_stage.is_not(None)
        return await self._of_others.many(*conditions, order=(columns.customer_id.asc(),))

    async def by_token(self, token: str) -> VipEntry | None:
        """Return the entry that has this entry token; None if there is none."""
        entry = await self._of_vip.one(vip_entry_token=token)
        return entry if entry is not None else await self._of_others.one(vip_entry_token=token)

    async def save(self, entry: VipEntry) -> None:
        store, *_ = self._entries(entry.resource_id)
        await store.save(entry)

    async def save_all(self, entries: Sequence[VipEntry]) -> None:
        await self._of_vip.save_all([each for each in entries if each.resource_id is None])
        await self._of_others.save_all([each for each in entries if each.resource_id is not None])

    def _entries(
        self, resource_id: ResourceId | None
    ) -> tuple[TableStore[VipEntry], ColumnElement[UUID], dict[str, object]]:
        """Return the store of the entries for a resource, the column with the customer's id, and the additional values
        that select these entries.
        """
        if resource_id is None:
            return self._of_vip, vip_entries.c.customer_id, {}
        return self._of_others, ritual_entries.c.customer_id, {"resource_id": resource_id}


class SqlVipRepository:
    """VipRepository in PostgreSQL."""

    key: ClassVar = VIP_KEY

    def __init__(self, unit: Unit) -> None:
        """Create the repository. The default grace period is that of the subscriptions' repository."""
        self._unit = unit
        self._default_grace = unit.default_grace
        self._accesses = TableStore(unit, accesses, ACCESS)
        self._channels = TableStore(unit, telegram_channels, CHANNEL)
        self._invites = TableStore(unit, channel_invites, INVITE)
        self._subscriptions = TableStore(unit, subscriptions, SUBSCRIPTION)

    async def channel(self) -> Channel | None:
        """Return the VIP channel; None if the installation has no VIP channel or it was released."""
        return await self._channels.one(*_IS_VIP)

    async def has_channel(self) -> bool:
        """Return True if a VIP channel exists. Only columns that the web process may read are used."""
        return await self._channels.count(select(telegram_channels.c.id).where(*_IS_VIP)) > 0

    async def live_subscriptions(self, customer_id: CustomerId, soft_id: str = VIP) -> Sequence[Subscription]:
        """Return the customer's live subscriptions that include the resource, the oldest first."""
        return await self.live_subscriptions_of_all([customer_id], soft_id)

    async def live_subscriptions_of_all(
        self, customer_ids: Sequence[CustomerId], soft_id: str = VIP
    ) -> Sequence[Subscription]:
        """Return the customers' live subscriptions that include the resource, the oldest first."""
        columns = subscriptions.c
        return await self._subscriptions.all(
            select(subscriptions)
            .where(columns.customer_id.in_(customer_ids), _LIVE, _opens(soft_id))
            .order_by(columns.created_at.asc(), columns.id.asc())
        )

    async def without_access(
        self, channel_id: ChannelId, after_id: CustomerId | None, limit: int, soft_id: str = VIP
    ) -> Sequence[CustomerId]:
        """Return the customers whose live subscription includes the resource and who have no access row for its chat,
        ordered by id.
        """
        who = subscriptions.c.customer_id
        known_statement = select(accesses.c.id).where(
            accesses.c.customer_id == who, accesses.c.channel_id == channel_id
        )
        statement = (
            select(who)
            .distinct()
            .where(
                _LIVE, _opens(soft_id), ~known_statement.exists(), who > after_id if after_id is not None else true()
            )
            .order_by(who.asc())
            .limit(limit)
        )
        return [CustomerId(row.customer_id) for row in await self._unit.connection.execute(statement)]

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Implements `VipRepository.list_due`."""
        statement = ended_of_vip(now, self._default_grace)
        return await self._subscriptions.all(statement.with_for_update(of=subscriptions, skip_locked=True))

    async def count_due(self, now: datetime) -> int:
        """Return the number of subscriptions that `list_due` would return if no row were locked."""
        return await self._subscriptions.count(ended_of_vip(now, self._default_grace))

    async def list_entered(self, customer_ids: Sequence[CustomerId]) -> Collection[tuple[ResourceId, CustomerId]]:
        """Implements `VipRepository.list_entered`."""
        channel, whose = telegram_channels.c, accesses.c
        placed_conditions = channel.resource_id.is_not(None), channel.status != ChannelStatus.DELETED.value
        join = accesses.join(telegram_channels, channel.id == whose.channel_id)
        statement = select(channel.resource_id, whose.customer_id).distinct().select_from(join)
        rows = await self._unit.connection.execute(
            statement.where(whose.customer_id.in_(customer_ids), *placed_conditions)
        )
        return {(ResourceId(row.resource_id), CustomerId(row.customer_id)) for row in rows}

    async def with_own_channel(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[SubscriptionId]:
        """Implements `VipRepository.with_own_channel`. The subscriptions are ordered by id."""
        columns = telegram_channels.c
        own = columns.kind == ChannelKind.PERSONAL.value, columns.status != ChannelStatus.DELETED.value
        statement = select(columns.subscription_id).where(columns.subscription_id.in_(subscription_ids), *own)
        rows = await self._unit.connection.execute(statement.distinct().order_by(columns.subscription_id.asc()))
        return [SubscriptionId(row.subscription_id) for row in rows]

    async def accesses(self, channel_id: ChannelId, customer_ids: Sequence[CustomerId]) -> Sequence[Access]:
        """Lock and return the access rows ordered by the customers' ids, so that two transactions cannot deadlock."""
        columns = accesses.c
        return await self._accesses.many(
            columns.channel_id == channel_id,
            columns.customer_id.in_(customer_ids),
            order=(columns.customer_id.asc(),),
            lock=True,
        )

    async def save_accesses(self, accesses: Sequence[Access]) -> None:
        await self._accesses.save_all(accesses)

    async def live_invites(self, channel_id: ChannelId, customer_id: CustomerId) -> Sequence[Invite]:
        """Return a customer's invite links that are not recorded as revoked, including expired links, the
        oldest first.
        """
        columns = channel_invites.c
        return await self._invites.many(
            columns.customer_id == customer_id,
            columns.channel_id == channel_id,
            _LIVE_INVITE,
            order=(columns.created_at.asc(), columns.id.asc()),
        )

    async def invite_by_url(self, channel_id: ChannelId, url: str) -> Invite | None:
        """Return the invite link with this URL and any status; None if there is none."""
        return await self._invites.one(channel_id=channel_id, url=url)


class SqlTokenRepository(Repository[TokenId, ActivationToken]):
    """TokenRepository in PostgreSQL."""

    key: ClassVar = TOKENS_KEY

    table = activation_tokens
    mapper = TOKEN

    async def by_token(self, token: str, *, lock: bool = False) -> ActivationToken | None:
        """Return the token with this stored code; None if there is none."""
        return await self._rows.one(token=token, lock=lock)

    async def of_order(self, order_id: OrderId, *, lock: bool = False) -> ActivationToken | None:
        """Return the gift token of the order that paid for the gift; None if there is none."""
        return await self._rows.one(order_id=order_id, lock=lock)

    async def made_together(self, batch: UUID) -> Mapping[TokenId, datetime]:
        """Return the expiry of each token of a batch, keyed by token id."""
        statement = select(_TOKENS.id, _TOKENS.expires_at).where(_TOKENS.batch == batch)
        return {TokenId(row.id): row.expires_at for row in await self._unit.connection.execute(statement)}

    async def list_unsealed(self, limit: int) -> Sequence[ActivationToken]:
        """Return tokens stored in plain text, in any order."""
        return await self._rows.all(select(activation_tokens).where(_IS_PLAIN).limit(limit))

    async def sealed_before(self, moment: datetime, now: datetime) -> int:
        """Return the number of usable tokens that were created before `moment` and are stored as digests computed with
        the key.
        """
        conditions = (_TOKENS.used_at.is_(None), _TOKENS.revoked_at.is_(None), _TOKENS.expires_at > now)
        statement = select(func.count()).where(
            _TOKENS.sealed, ~_TOKENS.keyless, _TOKENS.created_at < moment, *conditions
        )
        count: int = (await self._unit.connection.execute(statement)).scalar_one()
        return count

    async def seal(self, token_id: TokenId, sealed_code: str) -> None:
        """Replace the plain code with its digest, unless a digest is already stored. No other field changes."""
        plain = (_TOKENS.id == token_id, _TOKENS.sealed.is_(False))
        await self._rows.run(update(activation_tokens).where(*plain).values(token=sealed_code, sealed=True))

    async def save(self, token: ActivationToken) -> None:
        """Save the code fields of an existing token."""
        kept = {"token": token.token, "sealed": token.sealed, "keyless": token.keyless}
        await self._rows.run(update(activation_tokens).where(_TOKENS.id == token.id).values(kept))

    async def note_revoked(self, token_id: TokenId, person: TelegramId | None, now: datetime) -> None:
        revocation = {"revoked_at": now, "revoked_by": person}
        await self._rows.run(update(activation_tokens).where(_TOKENS.id == token_id).values(revocation))

    async def extend(self, token_id: TokenId, days: int, expires_at: datetime) -> bool:
        """Implements `TokenRepository.extend`."""
        conditions = (_TOKENS.id == token_id, _TOKENS.used_at.is_(None), _TOKENS.revoked_at.is_(None))
        values = {"duration_days": days, "expires_at": expires_at}
        changed = update(activation_tokens).where(*conditions).values(values).returning(_TOKENS.id)
        return (await self._unit.connection.execute(changed)).first() is not None

    async def note_opened(self, token_id: TokenId, now: datetime) -> None:
        conditions = {"opened": _TOKENS.opened + 1, "opened_at": func.coalesce(_TOKENS.opened_at, now)}
        await self._rows.run(update(activation_tokens).where(_TOKENS.id == token_id).values(conditions))

    async def claim(
        self, token_id: TokenId, customer_id: CustomerId, subscription_id: SubscriptionId, now: datetime
    ) -> bool:
        """Redeem a token for a customer. Return False if the token was redeemed, revoked or expired."""
        statement = (
            update(activation_tokens)
            .where(
                _TOKENS.id == token_id,
                _TOKENS.used_at.is_(None),
                _TOKENS.revoked_at.is_(None),
                _TOKENS.expires_at > now,
            )
            .values(used_at=now, used_by=customer_id, subscription_id=subscription_id)
            .returning(_TOKENS.id)
        )
        return (await self._unit.connection.execute(statement)).first() is not None

    async def note_joined(self, customer_id: CustomerId, channel_id: ChannelId, now: datetime) -> None:
        """Record the time of joining on the tokens that the customer redeemed for this channel and that have no such
        time yet.
        """
        channels = telegram_channels.c
        own = select(channels.plan_id).where(channels.id == channel_id, channels.plan_id.is_not(None))
        is_shared = (
            select(plan_resources.c.plan_id)
            .join(telegram_channels, channels.resource_id == plan_resources.c.resource_id)
            .where(channels.id == channel_id)
        )
        await self._rows.run(
            update(activation_tokens)
            .where(
                _TOKENS.used_by == customer_id,
                _TOKENS.joined_at.is_(None),
                _TOKENS.plan_id.in_(own.union_all(is_shared)),
            )
            .values(joined_at=now)
        )

    async def counts(self) -> Sequence[TokenCounts]:
        """Return the token counts of each plan and campaign, the pair with the most tokens first."""
        rows = await self._unit.connection.execute(
            select(
                _TOKENS.plan_id,
                _TOKENS.campaign,
                func.count().label("codes"),
                func.count(_TOKENS.opened_at).label("openings"),
                func.count(_TOKENS.used_at).label("activations"),
                func.count(_TOKENS.joined_at).label("joins"),
            )
            .group_by(_TOKENS.plan_id, _TOKENS.campaign)
            .order_by(func.count().desc(), _TOKENS.campaign.asc(), _TOKENS.plan_id.asc())
        )
        return [TokenCounts(**row) for row in rows.mappings()]
