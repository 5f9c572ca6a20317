"""Replacement of channels whose userbot account is permanently lost and that have no backup admin. Their customers get
new channels from other accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.jobs import ReplaceChannel
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

_DEAD_SINCE: Final = moment("account_dead_since")
"""Stored time since which an account has been dead, keyed by account; no value for a working account."""
PATIENCE: Final = timedelta(days=1)
"""Time in which a logged-out account can be signed in again before its customers get new channels."""


class CustomersRehomed(AlarmKind):
    """Alarm: an account is permanently lost, and its customers get new channels from other accounts."""

    name = "customers_rehomed"
    closes = ByCause()
    link = AlarmLink.ACCOUNTS
    account: str
    channels: int


@dataclass(frozen=True)
class WatchLosses:
    """Use case that creates new channels for customers whose channel belonged to a lost account. It queues one customer
    at a time, starting with those who have no invite link yet.

    Nothing is queued while no account can create channels, or while a new purchase still needs its channel.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> bool:
        """Queue a new channel for the next customer. Return True if a customer needed one. Idempotent and safe to run
        concurrently.
        """
        now = self.clock.now()
        async with self.units() as uow:
            accounts = await uow.accounts.all()
            orphans = {account.id: await self._orphans(uow, account, now) for account in accounts}
            able = any(account.may_create_from(now) == now for account in accounts)
            orphan = next((channels[0] for channels in orphans.values() if channels), None)
            if orphan is not None and able and not await uow.channels.count_awaited():
                await uow.enqueue(ReplaceChannel(channel_id=orphan.id, rehome=True).keyed_job(orphan.id))
            for account in accounts:
                await keep_alarm(uow, CustomersRehomed, str(account.id), _alarm(account, orphans[account.id]), now)
            await uow.commit()
        return orphan is not None

    async def _orphans(self, uow: UnitOfWork, account: UserbotAccount, now: datetime) -> Sequence[Channel]:
        """Return the customers' channels of a lost account that no backup admin can manage."""
        dead_since = await uow.variables.get(_DEAD_SINCE.for_subject(account.id))
        if account.is_dead and dead_since is None:
            await uow.variables.set(_DEAD_SINCE.for_subject(account.id), now)
        if dead_since is not None and not account.is_dead:
            await uow.variables.set(_DEAD_SINCE.for_subject(account.id), None)
        return await uow.backup_admins.list_orphaned(account.id) if await lost_for_good(uow, account, now) else ()


async def lost_for_good(uow: UnitOfWork, account: UserbotAccount, now: datetime) -> bool:
    """Return True if an account is banned, or has been logged out for longer than `PATIENCE`."""
    if account.is_banned or not account.is_dead:
        return account.is_banned
    dead_since = await uow.variables.get(_DEAD_SINCE.for_subject(account.id))
    return dead_since is not None and now - dead_since >= PATIENCE


def _alarm(account: UserbotAccount, orphans: Sequence[Channel]) -> CustomersRehomed | None:
    if not orphans:
        return None
    return CustomersRehomed(account=f"{account.id} {account.label}".strip(), channels=len(orphans))
