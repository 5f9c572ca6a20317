"""Check that the channel of a customer who changed the plan is renamed once, and that the customer remains a member."""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.errors import Ambiguous
from tests.support.purchase import Purchase


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of a channel that must be renamed."""
    bought = Purchase()
    await bought.begin()
    await bought.tend()
    await bought.join()
    await bought.work()
    channel = await bought.channel()
    assert channel.plan_id is not None
    channel.serve(channel.plan_id, "Umbral - Otro - @ana", bought.clock.now())
    await bought.save(channel)
    return bought


async def test_repeated_jobs_set_the_new_channel_title_once(purchase: Purchase) -> None:
    before = purchase.asked("EditTitle")
    await purchase.assign()
    await purchase.work()
    assert purchase.made.title == "Umbral - Otro - @ana"
    assert (await purchase.channel()).renamed_at is None
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    await purchase.assign()
    await purchase.work()
    assert purchase.asked("EditTitle") == before + 1


async def test_welcome_shows_the_name_of_the_new_plan(purchase: Purchase) -> None:
    channel = await purchase.channel()
    assert channel.plan_id is not None
    async with purchase.units() as uow:
        plan = await uow.plans.get(channel.plan_id)
        assert plan is not None
        assert purchase.made.pinned is not None
        assert plan.name in purchase.made.pinned
        plan.name = "Otro"
        await uow.plans.save(plan)
        await uow.commit()
    purchase.trouble("EditMessage", "before", Ambiguous("EditMessage: no answer"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    assert (await purchase.channel()).renamed_at is not None
    await purchase.tend()
    assert "Otro" in str(purchase.made.pinned)
    assert len(purchase.made.posts) == 1


async def test_rename_is_retried_after_a_lost_answer(purchase: Purchase) -> None:
    purchase.trouble("EditTitle", "after", Ambiguous("EditTitle: no answer"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    assert (await purchase.channel()).renamed_at is not None
    await purchase.tend()
    assert (await purchase.channel()).renamed_at is None
    assert purchase.made.title == "Umbral - Otro - @ana"


async def test_title_that_changed_during_the_rename_is_set_by_the_next_run(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.pass_time(seconds=1)
    channel = await purchase.channel()
    assert channel.plan_id is not None
    channel.serve(channel.plan_id, "Umbral - Otro más - @ana", purchase.clock.now())
    await purchase.save(channel)
    await purchase.tend()
    assert purchase.made.title == "Umbral - Otro más - @ana"
