"""In-memory repository of the channels' backup admins."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.domain.entities.access import MAY_ENTER, Access, AccessStatus
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, ChannelId
from tests.fakes.memory import Rows, Working


class MemoryBackupAdmins:
    """In-memory BackupAdminRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[BackupAdmin] = Rows(working, "second_owners", lambda s: s.channel_id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._accounts: Rows[UserbotAccount] = Rows(working, "userbot_accounts", lambda a: a.id)

    async def find(self, channel_id: ChannelId, *, lock: bool = False) -> BackupAdmin | None:
        return self._rows.one(lambda s: s.channel_id == channel_id, lock=lock)

    async def save(self, backup_admin: BackupAdmin) -> None:
        self._rows.save(backup_admin)

    async def remove(self, channel_id: ChannelId) -> None:
        self._rows.remove(lambda s: s.channel_id == channel_id)

    async def list_lacking(self, account_id: AccountId, limit: int) -> Sequence[Channel]:
        held = {backup_admin.channel_id for backup_admin in self._rows.all()}
        found = self._channels.many(
            lambda c: (
                c.account_id == account_id
                and c.status is ChannelStatus.READY
                and c.customer_id is not None
                and c.resource_id is None
                and c.id not in held
            ),
            order=lambda c: (c.created_at, c.id),
        )
        return found[:limit]

    async def list_unfinished(self, account_id: AccountId) -> Sequence[BackupAdmin]:
        return self._oldest(
            lambda s: s.promoted_at is None and account_id in {s.account_id, self._owner_of(s.channel_id)}
        )

    async def list_orphaned(self, account_id: AccountId) -> Sequence[Channel]:
        able = {account.id for account in self._accounts.all() if account.in_service}
        heirs = {s.channel_id for s in self._rows.all() if s.promoted_at is not None and s.account_id in able}
        served = [access for access in self._accesses.all() if access.status in MAY_ENTER]
        waits = {access.channel_id for access in served if access.status is not AccessStatus.ACTIVE}
        return self._channels.many(
            lambda c: (
                c.account_id == account_id
                and c.status in {ChannelStatus.CREATED, ChannelStatus.READY}
                and c.customer_id is not None
                and c.resource_id is None
                and c.id in {access.channel_id for access in served}
                and c.id not in heirs
            ),
            order=lambda c: (c.id not in waits, c.created_at, c.id),
        )

    async def bereft(self, account_id: AccountId, limit: int) -> Sequence[BackupAdmin]:
        dead = {account.id for account in self._accounts.all() if account.is_dead}
        found = self._oldest(
            lambda s: s.account_id == account_id and s.promoted_at is not None and self._owner_of(s.channel_id) in dead
        )
        return found[:limit]

    def _oldest(self, fits) -> list[BackupAdmin]:
        return self._rows.many(fits, order=lambda s: (s.chosen_at, s.channel_id))

    def _owner_of(self, channel_id: ChannelId) -> AccountId | None:
        channel = self._channels.one(lambda c: c.id == channel_id)
        return channel.account_id if channel is not None else None
