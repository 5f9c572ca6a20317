"""Webhooks that cannot prove their origin: the owners hear of it once it is no accident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.inbox.receive_webhook import REFUSED_OFTEN, REFUSED_WITHIN
from subscriptions.domain.ports.payment_gateway import InvalidSignature
from tests.fakes.shop import Shop, memory_shop


async def refused(shop: Shop, times: int, apart: timedelta = timedelta()) -> None:
    """So many webhooks with a wrong signature, the clock moved between them."""
    for number in range(times):
        shop.clock.advance(apart if number else timedelta())
        with pytest.raises(InvalidSignature):
            await shop.receive("acme", {"signature": "bad"}, b"evt-1")


async def test_the_fifth_within_an_hour_is_told_once_a_day() -> None:
    shop = memory_shop()
    await refused(shop, REFUSED_OFTEN - 1)
    assert await shop.alarms() == []
    await refused(shop, REFUSED_OFTEN)
    told = await shop.jobs("bot.alarm")
    assert [(job["kind"], job["facts"]) for job in told] == [("webhooks_refused", {"provider": "acme"})]
    shop.clock.advance(timedelta(days=1))
    await refused(shop, REFUSED_OFTEN)
    assert len(await shop.alarms()) == 2


@pytest.mark.parametrize(("more", "told"), [(0, 1), (1, 0)], ids=["within", "a second longer"])
async def test_only_so_many_within_the_time_count(more: int, told: int) -> None:
    shop = memory_shop()
    await refused(shop, 2 * REFUSED_OFTEN, REFUSED_WITHIN / (REFUSED_OFTEN - 1) + timedelta(seconds=more))
    assert len(await shop.alarms()) == told
