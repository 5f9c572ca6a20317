"""Repository of the backup admins of channels."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, delete, exists, or_, select

from subscriptions.domain.entities.access import MAY_ENTER
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import accesses, second_owners, telegram_channels, userbot_accounts
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL
from subscriptions.infrastructure.repositories.store import TableStore, Unit

BACKUP_ADMIN: Final = RowMapper(BackupAdmin)

_C, _S = telegram_channels.c, second_owners.c
_OLDEST_FIRST = (_S.chosen_at.asc(), _S.channel_id.asc())


class SqlBackupAdminRepository:
    """BackupAdminRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._channels = TableStore(unit, telegram_channels, CHANNEL)
        self._store = TableStore(unit, second_owners, BACKUP_ADMIN)

    async def find(self, channel_id: ChannelId, *, lock: bool = False) -> BackupAdmin | None:
        """Return the backup admin of a channel; None if there is none."""
        return await self._store.one(channel_id=channel_id, lock=lock)

    async def save(self, backup_admin: BackupAdmin) -> None:
        await self._store.save(backup_admin)

    async def remove(self, channel_id: ChannelId) -> None:
        await self._store.run(delete(second_owners).where(_S.channel_id == channel_id))

    async def list_lacking(self, account_id: AccountId, limit: int) -> Sequence[Channel]:
        """Return ready channels of customers that belong to this account and have no backup admin, the oldest first."""
        return await self._channels.all(
            select(telegram_channels)
            .where(
                _C.account_id == account_id,
                _C.kind == ChannelKind.PERSONAL.value,
                _C.status == ChannelStatus.READY.value,
                _C.customer_id.is_not(None),
                ~exists().where(_S.channel_id == _C.id),
            )
            .order_by(_C.created_at.asc(), _C.id.asc())
            .limit(limit)
        )

    async def list_unfinished(self, account_id: AccountId) -> Sequence[BackupAdmin]:
        """Return the backup admins that are not promoted yet and for which this account is the channel's owner or the
        backup admin itself, the oldest first.
        """
        mine = or_(_S.account_id == account_id, _C.account_id == account_id)
        return await self._store.all(_select().where(_S.promoted_at.is_(None), mine).order_by(*_OLDEST_FIRST))

    async def list_orphaned(self, account_id: AccountId) -> Sequence[Channel]:
        """Return this account's channels whose customer has access and which have no backup admin in service."""
        owner, access = userbot_accounts.c, accesses.c
        heir = exists().where(
            _S.channel_id == _C.id,
            _S.promoted_at.is_not(None),
            owner.id == _S.account_id,
            owner.status.not_in([AccountStatus.DEAD.value, AccountStatus.RETIRED.value]),
        )
        statuses = [status.value for status in MAY_ENTER]
        is_served = exists().where(access.channel_id == _C.id, access.status.in_(statuses))
        waits = exists().where(access.channel_id == _C.id, access.status.in_(statuses), access.status != "active")
        return await self._channels.all(
            select(telegram_channels)
            .where(
                _C.account_id == account_id,
                _C.kind == ChannelKind.PERSONAL.value,
                _C.status.in_([ChannelStatus.CREATED.value, ChannelStatus.READY.value]),
                _C.customer_id.is_not(None),
                is_served,
                ~heir,
            )
            .order_by(waits.desc(), _C.created_at.asc(), _C.id.asc())
        )

    async def bereft(self, account_id: AccountId, limit: int) -> Sequence[BackupAdmin]:
        """Return the promoted backup admins that use this account, in channels whose owner account is dead (logged out
        or banned by Telegram), the oldest first.
        """
        owner = userbot_accounts.c
        dead = exists().where(owner.id == _C.account_id, owner.status == AccountStatus.DEAD.value)
        mine = and_(_S.account_id == account_id, _S.promoted_at.is_not(None), dead)
        return await self._store.all(_select().where(mine).order_by(*_OLDEST_FIRST).limit(limit))


def _select() -> Select[Any]:
    return select(second_owners).join(telegram_channels, _C.id == _S.channel_id)
