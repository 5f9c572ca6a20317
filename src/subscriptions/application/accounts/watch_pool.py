"""Scheduled check of the userbot accounts: retry accounts that Telegram limits, and report low capacity before it runs
out.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.personal_channel import reachable_precreated
from subscriptions.application.accounts.pool_forecast import pool_forecast, used_share
from subscriptions.application.accounts.waiting_list import wake_waiting
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_causes import POOL_SHARE_REPORTED
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

THRESHOLDS: Final = (70, 85, 95)
"""Usage of the account pool, in percent, at which an alarm is raised. Each threshold raises one alarm until usage falls
below it again.
"""


class PoolShare(AlarmKind):
    """Alarm: the pool's usage passed a threshold.

    share: used percentage
    left: number of channels left
    days: number of days until the channels are used up
    """

    name = "pool_share"
    closes = ByCheck(alarm_causes.less_used)
    link = AlarmLink.ACCOUNTS
    share: int
    left: int
    days: str


@dataclass(frozen=True)
class WatchPool:
    """Use case that retries limited accounts and reports low capacity of the pool. Idempotent and safe to run
    concurrently.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> bool:
        """Check all accounts, and return True if an account was retried or the reported usage changed. Accounts are
        locked only in these cases.
        """
        async with self.units() as uow:
            accounts = list(await uow.accounts.all())
            if not self._recover(accounts) and await self._shares(uow, accounts) is None:
                return False
        async with self.units() as uow:
            accounts = list(await uow.accounts.all(lock=True))
            accounts_back = self._recover(accounts)
            for account in accounts_back:
                await uow.accounts.save(account)
                log.info("account is tried again", account=account.id, setbacks=account.setbacks)
            if accounts_back:
                await wake_waiting(uow)
            await self._tell(uow, accounts)
            await uow.commit()
        return True

    def _recover(self, accounts: list[UserbotAccount]) -> list[UserbotAccount]:
        now = self.clock.now()
        return [account for account in accounts if account.recover(now)]

    async def _shares(self, uow: UnitOfWork, accounts: list[UserbotAccount]) -> tuple[int, int] | None:
        """Return the last reported threshold and the current one. Return None if they are equal or there are no
        accounts.
        """
        if not accounts:
            return None
        share = used_share(accounts, len(await reachable_precreated(uow, accounts)))
        share_now = max((threshold for threshold in THRESHOLDS if share >= threshold), default=0)
        share_before = await uow.variables.get(POOL_SHARE_REPORTED) or 0
        return None if share_before == share_now else (share_before, share_now)

    async def _tell(self, uow: UnitOfWork, accounts: list[UserbotAccount]) -> None:
        shares = await self._shares(uow, accounts)
        if shares is None:
            return
        share_before, share_now = shares
        await uow.variables.set(POOL_SHARE_REPORTED, share_now)
        if share_now > share_before:
            now = self.clock.now()
            forecast = await pool_forecast(uow, accounts, now)
            alarm = PoolShare(share=forecast.share, left=forecast.channels_left, days=forecast.days)
            uow.record(alarm.raise_event(f"pool_share:{share_now}:{now.isoformat()}", now))
