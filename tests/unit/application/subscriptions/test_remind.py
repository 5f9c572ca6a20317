"""When something is said next: looked for once, noted, and looked for again only then."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from subscriptions.application.subscriptions.remind import NEVER
from tests.fakes.shop import Shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30}
SECOND = timedelta(seconds=1)


async def test_each_look_notes_when_the_next_one_is_due(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = (await shop.holding(ana, plan)).subscription
    end = held.access_until
    assert end is not None

    async def look() -> datetime | None:
        await shop.remind(held.id)
        return (await shop.holding(ana, plan)).subscription.next_reminder_at

    moments = [end - before for before in (timedelta(days=3), timedelta(days=1), timedelta(hours=3))]
    assert await look() == moments[0]
    for moment, then in pairwise([*moments, NEVER]):
        known = len(await shop.jobs("core.remind"))
        shop.clock.advance(moment - SECOND - shop.clock.now())
        await shop.run_due()
        assert len(await shop.jobs("core.remind")) == known
        shop.clock.advance(SECOND)
        for _ in range(2):
            await shop.run_due()
            assert len(await shop.jobs("core.remind")) == known + 1
        assert await look() == then
    assert len(await shop.told("ending_soon")) == len(moments)
