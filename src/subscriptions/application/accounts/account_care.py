"""Connections to Telegram with userbot accounts, and recording of account problems that Telegram reports."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause, ByCheck
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.userbot_account import AccountStatus, AccountTrouble, UserbotAccount
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import (
    AccountSessions,
    AccountUnavailable,
    ChannelProvisioner,
    FloodWait,
    Unreachable,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


REPORTED_AFTER: Final = timedelta(minutes=5)
"""Time for which an account must be unreachable before the owners are alerted."""
LONGEST_PAUSE: Final = timedelta(minutes=1)


class AccountLost(AlarmKind):
    """Base class of alarms: Telegram restricted or closed a userbot account. Each subclass is named after the problem.
    `account`: number and label of the account.
    """

    closes = ByCheck(alarm_causes.account_works)
    link = AlarmLink.ACCOUNTS
    account: str
    reason: str
    retry: datetime | None = None


class AccountFull(AccountLost):
    name = AccountTrouble.FULL.value


class AccountRestricted(AccountLost):
    name = AccountTrouble.RESTRICTED.value


class AccountPeerFlood(AccountLost):
    name = AccountTrouble.PEER_FLOOD.value


class AccountFrozen(AccountLost):
    name = AccountTrouble.FROZEN.value


class AccountLoggedOut(AccountLost):
    name = AccountTrouble.LOGGED_OUT.value


class AccountSessionDoubled(AccountLost):
    name = AccountTrouble.SESSION_DOUBLED.value


class AccountBanned(AccountLost):
    name = AccountTrouble.BANNED.value


_ALARMS: Final[Mapping[str, type[AccountLost]]] = {kind.name: kind for kind in AccountLost.__subclasses__()}


class AccountUnreachable(AlarmKind):
    """Alarm: the server cannot connect to Telegram with a userbot account."""

    name = "account_unreachable"
    closes = ByCause()
    link = AlarmLink.ACCOUNTS
    account: str
    since: datetime


@dataclass
class _OutOfReach:
    """State of a userbot account to which the last connection attempt failed.

    since: time of the first failed attempt
    until: earliest time of the next attempt
    """

    since: datetime
    until: datetime
    tries: int = 0


class AccountCare:
    """Service that connects to Telegram with userbot accounts. It stores a flood wait or the loss of an account before
    it raises the corresponding error.
    """

    def __init__(self, units: UnitOfWorkFactory, sessions: AccountSessions, clock: Clock) -> None:
        self._units = units
        self._sessions = sessions
        self._clock = clock
        # The state is kept only in memory, because the account belongs to this process while the process holds the
        # lease.
        self._out_of_reach: dict[AccountId, _OutOfReach] = {}
        self._in_reach: set[AccountId] = set()

    @asynccontextmanager
    async def at_work(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        """Connect to Telegram as the account for the duration of the `with` block.

        The caller holds the account's lease. Errors raised in the block are raised again. Raises RetryLater without
        connecting, with a growing delay, if the account was unreachable recently.
        """
        self._check_pause(account.id)
        try:
            async with self._sessions.open(account) as telegram:
                await self._keep_reached(account)
                yield telegram
        except Unreachable:
            await self._keep_out_of_reach(account)
            raise
        except FloodWait as wait:
            await self._keep_wait(account.id, wait)
            raise
        except AccountUnavailable as error:
            await self._keep_state(account.id, error)
            raise

    def _check_pause(self, account_id: AccountId) -> None:
        pause = self._out_of_reach.get(account_id)
        if pause is not None and (time_left := pause.until - self._clock.now()) > timedelta():
            raise RetryLater(f"account {account_id} was out of reach {pause.tries} times", delay=time_left)

    async def _keep_reached(self, account: UserbotAccount) -> None:
        # This also runs once per process start, because the previous process may have raised the alarm.
        if account.id in self._in_reach and account.id not in self._out_of_reach:
            return
        async with self._units() as uow:
            await keep_alarm(uow, AccountUnreachable, str(account.id), None, self._clock.now())
            await uow.commit()
        self._out_of_reach.pop(account.id, None)
        self._in_reach.add(account.id)

    async def _keep_out_of_reach(self, account: UserbotAccount) -> None:
        now = self._clock.now()
        pause = self._out_of_reach.setdefault(account.id, _OutOfReach(since=now, until=now))
        pause.tries += 1
        pause.until = now + min(timedelta(seconds=2 ** min(pause.tries, 6)), LONGEST_PAUSE)
        if now - pause.since < REPORTED_AFTER:
            return
        alarm = AccountUnreachable(account=f"{account.id} {account.label}".strip(), since=pause.since)
        async with self._units() as uow:
            await keep_alarm(uow, AccountUnreachable, str(account.id), alarm, now)
            await uow.commit()

    async def _keep_wait(self, account_id: AccountId, wait: FloodWait) -> None:
        now = self._clock.now()
        async with self._units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            if account is None or account.waits_until(wait.method, now) is not None:
                return
            account.order_wait(wait.method, now + wait.wait)
            await uow.accounts.save(account)
            await uow.commit()
        log.warning("account has to wait", account=account_id, method=wait.method, seconds=wait.wait.total_seconds())

    async def _keep_state(self, account_id: AccountId, loss: AccountUnavailable) -> None:
        async with self._units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            now = self._clock.now()
            if account is None or not account.change_status(AccountStatus(loss.status), loss.reason, now):
                return
            await uow.accounts.save(account)
            label = f"{account.id} {account.label}".strip()
            alarm = _ALARMS[loss.trouble](account=label, reason=loss.reason, retry=account.retry_at)
            # A dead account can die again only after a new sign-in, so this is always a new alarm, even on the same
            # day.
            stamp = now.isoformat() if account.is_dead else f"{now:%Y-%m-%d}"
            key = f"account:{account_id}:{loss.trouble}:{stamp}"
            uow.record(alarm.raise_event(key, now))
            await uow.commit()
        log.error("account lost", account=account_id, status=loss.status, reason=loss.reason)
