"""Count of referred customers in PostgreSQL."""

from __future__ import annotations

from features.referrals.ports import REFERRALS_KEY
from subscriptions.domain.ids import TelegramId
from tests.fakes.shop import Shop
from tests.integration.application.conftest import replica, shop

__all__ = ["replica", "shop"]


async def test_referred_customers_are_counted(shop: Shop) -> None:
    ana, berta = await shop.customer(telegram_id=TelegramId(7)), await shop.customer(telegram_id=TelegramId(8))
    async with shop.units() as uow:
        berta.referrer_id = ana.id
        await uow.customers.save(berta)
        await uow.commit()

    async with shop.units() as uow:
        assert await uow.of(REFERRALS_KEY).count_of(ana.id) == (1, 0)
        assert await uow.of(REFERRALS_KEY).count_of(berta.id) == (0, 0)
