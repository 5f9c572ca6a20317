"""Repository of channels and their invite links."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, update

from subscriptions.domain.entities.access import MAY_ENTER, WAITS_FOR_LINK, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite, InviteStatus
from subscriptions.domain.ids import AccountId, ChannelId, ChatId, CustomerId, PlanId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import accesses, channel_invites, second_owners, telegram_channels
from subscriptions.infrastructure.database.tables.channels import IS_PRECREATED
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

CHANNEL: Final = RowMapper(Channel)
INVITE: Final = RowMapper(Invite)

_C = telegram_channels.c
_PRECREATED = verbatim(f"telegram_channels.{IS_PRECREATED}")
_OLDEST_FIRST = (_C.created_at.asc(), _C.id.asc())
_IS_UNASSIGNED = (_C.status == ChannelStatus.PLANNED.value, _C.customer_id.is_not(None))
_PERSONAL = verbatim("telegram_channels.kind = 'personal' AND telegram_channels.status <> 'deleted'")
_LIVE_INVITE = verbatim("channel_invites.status = 'live'")


class SqlChannelRepository(Repository[ChannelId, Channel]):
    """ChannelRepository in PostgreSQL."""

    table = telegram_channels
    mapper = CHANNEL

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._invites = TableStore(unit, channel_invites, INVITE)

    async def by_chat_id(self, chat_id: ChatId) -> Channel | None:
        """Return the channel with this Bot API chat id; None if there is none."""
        return await self._rows.one(channel_id=chat_id)

    async def personal_of(self, customer_id: CustomerId, plan_id: PlanId) -> Channel | None:
        """Return the customer's personal channel for a plan; None if there is none or it was deleted."""
        return await self._rows.one(_PERSONAL, customer_id=customer_id, plan_id=plan_id)

    async def known_chat_ids(self, account_id: AccountId) -> frozenset[int]:
        """Return the Bot API chat ids of an account's recorded channels."""
        rows = await self._unit.connection.execute(
            select(_C.channel_id).where(_C.account_id == account_id, _C.channel_id.is_not(None))
        )
        return frozenset(rows.scalars())

    async def awaiting_entry(self, account_id: AccountId, now: datetime) -> Sequence[Channel]:
        """Return an account's ready channels that have a valid invite link which was not used yet."""
        statuses = [status.value for status in MAY_ENTER if status is not AccessStatus.ACTIVE]
        invites, access = channel_invites.c, accesses.c
        unused_invite = exists().where(
            invites.channel_id == _C.id,
            _LIVE_INVITE,
            invites.expires_at > now,
            access.channel_id == _C.id,
            access.customer_id == invites.customer_id,
            access.status.in_(statuses),
        )
        return await self._rows.many(
            _C.account_id == account_id,
            _C.status == ChannelStatus.READY.value,
            unused_invite,
            order=(_C.ready_at.asc(),),
        )

    async def open_of(self, account_id: AccountId) -> Sequence[Channel]:
        """Return an account's ready and frozen personal channels, the oldest first."""
        statuses = [ChannelStatus.READY.value, ChannelStatus.FROZEN.value]
        return await self._rows.many(
            _C.account_id == account_id,
            _C.status.in_(statuses),
            _C.kind == ChannelKind.PERSONAL.value,
            order=(_C.created_at.asc(), _C.id.asc()),
        )

    async def count_unlooked(self, cutoff: datetime) -> int:
        """Implements `ChannelRepository.count_unlooked`."""
        statement = select(func.count()).where(
            _C.kind == ChannelKind.PERSONAL.value,
            _C.status == ChannelStatus.READY.value,
            func.coalesce(_C.looked_at, _C.ready_at) < cutoff,
        )
        return (await self._unit.connection.execute(statement)).scalar_one()

    async def held_by(self, account_id: AccountId) -> Sequence[Channel]:
        """Return the personal channels that count against an account's limit. They include released channels that still
        exist at Telegram, and channels in which the account is the backup admin.
        """
        has_backup_admin = exists().where(second_owners.c.channel_id == _C.id, second_owners.c.account_id == account_id)
        return await self._rows.many(
            or_(_C.account_id == account_id, has_backup_admin),
            _C.kind == ChannelKind.PERSONAL.value,
            _C.status != ChannelStatus.PLANNED.value,
            or_(_C.status != ChannelStatus.DELETED.value, _C.delete_at.is_not(None)),
            order=_OLDEST_FIRST,
        )

    async def made_since(self, start: datetime) -> tuple[int, datetime | None]:
        """Return the number of personal channels assigned to customers since `start`, and the time of the earliest
        assignment; None if there is none.
        """
        sold_at = func.coalesce(_C.adopted_at, _C.created_at)
        statement = select(func.count(), func.min(sold_at)).where(
            sold_at >= start, _C.channel_id.is_not(None), _C.customer_id.is_not(None)
        )
        count, oldest = (await self._unit.connection.execute(statement)).one()
        return count, oldest

    async def precreated(self) -> Sequence[Channel]:
        """Return the pre-created channels, including unfinished ones, the oldest first."""
        return await self._rows.many(_PRECREATED, order=_OLDEST_FIRST)

    async def take_precreated(self, accounts: Iterable[AccountId], oldest: datetime) -> Channel | None:
        """Lock and return one pre-created channel of these accounts: a ready channel, or otherwise an unfinished one
        created since `oldest`; None if there is none. Concurrent callers get different channels.
        """
        ready = _C.status == ChannelStatus.READY.value
        under_way = [ChannelStatus.CREATING.value, ChannelStatus.CREATED.value]
        channels = await self._rows.all(
            select(telegram_channels)
            .where(
                _PRECREATED,
                _C.account_id.in_(list(accounts)),
                or_(ready, and_(_C.status.in_(under_way), _C.created_at >= oldest)),
            )
            .order_by(ready.desc(), *_OLDEST_FIRST)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return channels[0] if channels else None

    async def list_waiting(self) -> Sequence[Channel]:
        """Return customers' channels that wait for an account that can create them, the oldest first."""
        return await self._rows.many(*_IS_UNASSIGNED, order=_OLDEST_FIRST)

    async def count_awaited(self) -> int:
        """Return the number of customers who have an entitlement that is not suspended and who wait for a channel that
        no account can create yet.
        """
        waits = accesses.c.status.in_([status.value for status in WAITS_FOR_LINK])
        is_served = exists().where(accesses.c.channel_id == _C.id, waits)
        result = await self._unit.connection.execute(select(func.count()).where(*_IS_UNASSIGNED, is_served))
        return result.scalar_one()

    async def live_of_plan(self, plan_id: PlanId) -> Sequence[Channel]:
        """Return the plan's ready channels whose customer has access or may enter."""
        has_member = exists().where(
            and_(accesses.c.channel_id == _C.id, accesses.c.status.in_([status.value for status in MAY_ENTER]))
        )
        return await self._rows.many(
            _C.plan_id == plan_id, _C.status == ChannelStatus.READY.value, has_member, order=(_C.ready_at.asc(),)
        )

    async def add_invite(self, invite: Invite) -> None:
        """Add an invite link and copy it to the channel's row."""
        await self.save_invite(invite)

    async def save_invite(self, invite: Invite) -> None:
        """Save all fields of an invite link, and update the copy in the channel's row."""
        await self._invites.save(invite)
        channel = update(telegram_channels).where(_C.id == invite.channel_id)
        if invite.status is InviteStatus.LIVE:
            await self._rows.run(channel.values(invite_link=invite.url))
        else:
            await self._rows.run(channel.where(_C.invite_link == invite.url).values(invite_link=None))

    async def get_invite(self, invite_id: UUID) -> Invite | None:
        return await self._invites.one(id=invite_id)

    async def first_invite(self, channel_id: ChannelId) -> Invite | None:
        """Return the channel's oldest invite link with any status; None if there is none."""
        columns = channel_invites.c
        invites = await self._invites.many(channel_id=channel_id, order=(columns.created_at, columns.id))
        return invites[0] if invites else None

    async def live_invites(self, channel_id: ChannelId) -> Sequence[Invite]:
        """Return the channel's invite links that are not recorded as revoked, including expired links, the oldest
        first.
        """
        columns = channel_invites.c
        return await self._invites.many(
            columns.channel_id == channel_id,
            _LIVE_INVITE,
            order=(columns.created_at.asc(), columns.id.asc()),
        )
