"""How much room the pool of accounts has, and how long it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.access.personal_channel import stock_within_reach
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ports.unit_of_work import UnitOfWork

WINDOW: Final = timedelta(days=14)
"""The past that the forecast supposes to go on."""
_DAY: Final = timedelta(days=1)
_DAYS_LIMIT: Final = 365


@dataclass(frozen=True, kw_only=True)
class PoolForecast:
    """accounts: how many there are. share: per cent of the pool that is used. channels_left: channels for customers to
    come, those made ahead of demand (stock) and those that may still be made.

    per_day: channels customers got of late. next_try: when an account that Telegram limits is tried again.
    """

    accounts: int
    share: int
    channels_left: int
    stock: int
    per_day: float
    next_try: datetime | None

    @property
    def days(self) -> str:
        """How many days the rest lasts, in a word that any language can show."""
        if not self.per_day or self.channels_left / self.per_day > _DAYS_LIMIT:
            return f">{_DAYS_LIMIT}"
        return str(int(self.channels_left / self.per_day))


async def pool_forecast(uow: UnitOfWork, accounts: Sequence[UserbotAccount], now: datetime) -> PoolForecast:
    """From the channels made in the last two weeks, or since the first where that is less."""
    made_count, oldest = await uow.channels.made_since(now - WINDOW)
    days = max((now - oldest) / _DAY, 1.0) if oldest is not None else 1.0
    stock = len(await stock_within_reach(uow, accounts))
    tries = [account.retry_at for account in accounts if account.retry_at is not None]
    return PoolForecast(
        accounts=len(accounts),
        share=used_share(accounts, stock),
        channels_left=stock + sum(account.room_left for account in accounts),
        stock=stock,
        per_day=made_count / days,
        next_try=min(tries, default=None),
    )


def used_share(accounts: Sequence[UserbotAccount], stock: int) -> int:
    """How much of the pool is used, in whole per cent; one that has no room at all is used up.

    stock: channels made ahead of demand; they hold room, and are room for a customer all the same.
    """
    total, available = sum(account.room for account in accounts), sum(account.room_left for account in accounts)
    available = min(available + stock, total)
    return 100 * (total - available) // total if total else 100
