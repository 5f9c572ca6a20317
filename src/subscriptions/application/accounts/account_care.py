"""Working with an account, and keeping what Telegram says about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import (
    AccountSessions,
    AccountUnavailable,
    ChannelProvisioner,
    FloodWait,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class AccountCare:
    """Opens accounts; ordered waits and lost accounts are on record before anybody hears of them."""

    def __init__(self, units: UnitOfWorkFactory, sessions: AccountSessions, clock: Clock) -> None:
        self._units = units
        self._sessions = sessions
        self._clock = clock

    @asynccontextmanager
    async def at_work(self, account: UserbotAccount) -> AsyncIterator[ChannelProvisioner]:
        """Connected inside the block; the caller holds the account's lease. What the block raises goes on."""
        try:
            async with self._sessions.open(account) as telegram:
                yield telegram
        except FloodWait as wait:
            await self._keep_wait(account.id, wait)
            raise
        except AccountUnavailable as lost:
            await self._keep_state(account.id, lost)
            raise

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

    async def _keep_state(self, account_id: AccountId, lost: AccountUnavailable) -> None:
        async with self._units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            now = self._clock.now()
            if account is None or not account.become(AccountStatus(lost.status), lost.reason, now):
                return
            await uow.accounts.save(account)
            facts = [("account", f"{account.id} {account.label}".strip()), ("reason", lost.reason)]
            if account.retry_at is not None:
                facts.append(("retry", f"{account.retry_at:%Y-%m-%d %H:%M} UTC"))
            # A dead account dies again only after somebody signed it in: news, whatever this day has told already.
            since = now.isoformat() if account.is_dead else f"{now:%Y-%m-%d}"
            key = f"account:{account_id}:{lost.trouble}:{since}"
            uow.record(AlarmRaised(key, lost.trouble, tuple(facts)))
            await uow.commit()
        log.error("account lost", account=account_id, status=lost.status, reason=lost.reason)
