"""Capacity of the account pool, and a forecast of how long it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.access.personal_channel import reachable_precreated
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ports.unit_of_work import UnitOfWork

WINDOW: Final = timedelta(days=14)
"""Length of the past period on which the forecast is based."""
_DAY: Final = timedelta(days=1)
_DAYS_LIMIT: Final = 365


@dataclass(frozen=True, kw_only=True)
class PoolForecast:
    """Forecast of the pool's capacity.

    accounts: number of accounts
    share: used percentage of the pool
    channels_left: number of channels available to future customers: pre-created ones, and those that accounts may still
        create
    per_day: number of channels recently created per day for customers
    next_try: time of the next attempt with an account that Telegram limits
    """

    accounts: int
    share: int
    channels_left: int
    precreated: int
    per_day: float
    next_try: datetime | None

    @property
    def days(self) -> str:
        """Number of days until the capacity is used up, as text in every language; `>365` for more than a year."""
        if not self.per_day or self.channels_left / self.per_day > _DAYS_LIMIT:
            return f">{_DAYS_LIMIT}"
        return str(int(self.channels_left / self.per_day))


async def pool_forecast(uow: UnitOfWork, accounts: Sequence[UserbotAccount], now: datetime) -> PoolForecast:
    """Return the forecast, based on the channels created in the last two weeks, or since the first channel if that is
    more recent.
    """
    made_count, oldest = await uow.channels.made_since(now - WINDOW)
    days = max((now - oldest) / _DAY, 1.0) if oldest is not None else 1.0
    precreated = len(await reachable_precreated(uow, accounts))
    tries = [account.retry_at for account in accounts if account.retry_at is not None]
    return PoolForecast(
        accounts=len(accounts),
        share=used_share(accounts, precreated),
        channels_left=precreated + sum(account.room_left for account in accounts),
        precreated=precreated,
        per_day=made_count / days,
        next_try=min(tries, default=None),
    )


def used_share(accounts: Sequence[UserbotAccount], precreated: int) -> int:
    """Return the used share of the pool in whole percent; 100 for a pool without capacity.

    `precreated`: number of pre-created channels. They use capacity but count as available to customers.
    """
    total, available = sum(account.room for account in accounts), sum(account.room_left for account in accounts)
    available = min(available + precreated, total)
    return 100 * (total - available) // total if total else 100
