"""The ritual of entry, and what leads into the VIP channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, or_, select

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import ChannelId, CustomerId, TelegramId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    accesses,
    channel_invites,
    customers,
    service_plans,
    subscriptions,
    telegram_channels,
    vip_entries,
)
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.access_repository import ACCESS
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL, INVITE
from subscriptions.infrastructure.repositories.store import TableStore, Unit, verbatim
from subscriptions.infrastructure.repositories.subscription_repository import SUBSCRIPTION, over, running_out

ENTRY: Final = RowMapper(VipEntry)

_C = vip_entries.c
_LIVE = verbatim(f"subscriptions.{IS_LIVE}")
_OF_VIP = service_plans.c.access == AccessKind.VIP_CHANNEL.value
_LIVE_INVITE = verbatim("channel_invites.status = 'live'")


class SqlVipEntryRepository:
    """VipEntryRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._entries = TableStore(unit, vip_entries, ENTRY)

    async def of(self, customer_id: CustomerId, *, lock: bool = False) -> VipEntry | None:
        """By our customer."""
        return await self._entries.one(_C.customer_id == customer_id, lock=lock)

    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> VipEntry | None:
        """By Telegram's user."""
        known = select(customers.c.id).where(customers.c.telegram_id == telegram_id).scalar_subquery()
        return await self._entries.one(_C.customer_id == known, lock=lock)

    async def of_all(self, customer_ids: Sequence[CustomerId]) -> Sequence[VipEntry]:
        """In the order of the customers' ids, so that two who lock them never wait for each other."""
        return await self._entries.many(_C.customer_id.in_(customer_ids), order=(_C.customer_id.asc(),), lock=True)

    async def by_token(self, token: str) -> VipEntry | None:
        """By its entry token."""
        return await self._entries.one(_C.vip_entry_token == token)

    async def save(self, entry: VipEntry) -> None:
        """Write all of it."""
        await self._entries.save(entry)

    async def save_all(self, entries: Sequence[VipEntry]) -> None:
        """Write all of each."""
        await self._entries.save_all(entries)


class SqlVipRepository:
    """VipRepository in PostgreSQL."""

    def __init__(self, unit: Unit, default_grace: timedelta) -> None:
        """default_grace: as for the subscriptions' repository."""
        self._default_grace = default_grace
        self._accesses = TableStore(unit, accesses, ACCESS)
        self._channels = TableStore(unit, telegram_channels, CHANNEL)
        self._invites = TableStore(unit, channel_invites, INVITE)
        self._subscriptions = TableStore(unit, subscriptions, SUBSCRIPTION)

    async def channel(self) -> Channel | None:
        """The VIP channel, unless it was given up."""
        columns = telegram_channels.c
        return await self._channels.one(
            columns.kind == ChannelKind.VIP.value, columns.status != ChannelStatus.DELETED.value
        )

    async def live_subscriptions(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """The oldest first."""
        return await self.live_subscriptions_of_all([customer_id])

    async def live_subscriptions_of_all(self, customer_ids: Sequence[CustomerId]) -> Sequence[Subscription]:
        """The oldest first."""
        columns = subscriptions.c
        return await self._subscriptions.all(
            select(subscriptions)
            .join(service_plans, service_plans.c.id == columns.plan_id)
            .where(columns.customer_id.in_(customer_ids), _LIVE, _OF_VIP)
            .order_by(columns.created_at.asc(), columns.id.asc())
        )

    async def due(self, now: datetime) -> Sequence[Subscription]:
        """See the port."""
        return await self._subscriptions.all(self._due(now).with_for_update(of=subscriptions, skip_locked=True))

    async def count_due(self, now: datetime) -> int:
        """How many `due` would give if nobody held any of them."""
        return await self._subscriptions.count(self._due(now))

    def _due(self, now: datetime) -> Select[Any]:
        columns = subscriptions.c
        return (
            over(now, self._default_grace)
            .where(_OF_VIP, columns.provider_ref.is_(None), running_out())
            .where(or_(columns.next_check_at.is_(None), columns.next_check_at <= now))
        )

    async def accesses(self, channel_id: ChannelId, customer_ids: Sequence[CustomerId]) -> Sequence[Access]:
        """In the order of the customers' ids, so that two who lock them never wait for each other."""
        columns = accesses.c
        return await self._accesses.many(
            columns.channel_id == channel_id,
            columns.customer_id.in_(customer_ids),
            order=(columns.customer_id.asc(),),
            lock=True,
        )

    async def save_accesses(self, accesses: Sequence[Access]) -> None:
        """Write all of each."""
        await self._accesses.save_all(accesses)

    async def live_invites(self, channel_id: ChannelId, customer_id: CustomerId) -> Sequence[Invite]:
        """Links not known to be revoked, expired ones too, the oldest first."""
        columns = channel_invites.c
        return await self._invites.many(
            columns.customer_id == customer_id,
            columns.channel_id == channel_id,
            _LIVE_INVITE,
            order=(columns.created_at.asc(), columns.id.asc()),
        )

    async def invite_by_url(self, channel_id: ChannelId, url: str) -> Invite | None:
        """Whatever became of it."""
        return await self._invites.one(channel_invites.c.channel_id == channel_id, channel_invites.c.url == url)
