"""Posts refused by a channel, and posts of a period, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.post import Post, PostContent, PostDelivery
from subscriptions.domain.ids import ChannelId, ChatId, PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("failed", "shown", "waits"), [("refused", 0, True), (None, 0, False), ("refused", 1, False), ("refused", 2, True)]
)
async def test_post_refused_by_a_channel_is_found(units: Units, failed: str | None, shown: int, waits: bool) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = samples.pick(sale.plan)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        delivery = replace(PostDelivery.plan(pick, sale.channel.id, ChatId(-1), NOON), failed=failed, revision=shown)
        assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)
        assert await uow.of(POSTS_KEY).counts(pick.id) == {(shown, failed): 1}
        assert list(await uow.of(POSTS_KEY).unshown(sale.channel.id)) == ([delivery] if waits else [])
        assert list(await uow.of(POSTS_KEY).unshown(ChannelId(samples.new_uuid()))) == []


async def test_posts_of_a_plan_within_a_period_are_found(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        old, later, withdrawn, too_late = (
            samples.pick(sale.plan, created_at=NOON + each * DAY) for each in (-1, 1, 1, 2)
        )
        withdrawn.withdraw()
        for pick in (old, later, withdrawn, too_late):
            assert await uow.of(POSTS_KEY).add_if_new(pick)
        assert list(await uow.of(POSTS_KEY).accepted_between(sale.plan.id, NOON, NOON + 2 * DAY)) == [later]
        assert list(await uow.of(POSTS_KEY).accepted_between(samples.plan().id, NOON, NOON + 2 * DAY)) == []


def by_id(pick: Post) -> PostId:
    return pick.id


async def test_tips_with_unposted_copies_are_found(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        late, near, far, posted, withdrawn = (
            samples.pick(sale.plan, deadline=NOON + each * DAY) for each in (-1, 1, 3, 1, 1)
        )
        withdrawn.withdraw()
        for pick in (late, near, far, posted, withdrawn, samples.pick(sale.plan)):
            assert await uow.of(POSTS_KEY).add_if_new(pick)
            delivery = PostDelivery.plan(pick, sale.channel.id, ChatId(-1), NOON)
            assert await uow.of(POSTS_KEY).add_delivery_if_new(replace(delivery, revision=1 if pick is posted else 0))
        without = samples.pick(sale.plan, deadline=NOON + DAY * 1.5)
        assert await uow.of(POSTS_KEY).add_if_new(without)
        assert list(await uow.of(POSTS_KEY).unposted_before_deadline(NOON, NOON + 2 * DAY)) == [
            *sorted([near, withdrawn], key=by_id),
            without,
        ]
        assert list(await uow.of(POSTS_KEY).unposted_before_deadline(NOON - DAY, NOON)) == [late]


async def test_tip_has_one_reminder(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        tip = samples.pick(sale.plan, deadline=NOON + DAY)
        assert await uow.of(POSTS_KEY).add_if_new(tip)
        delivery = PostDelivery.plan(tip, sale.channel.id, ChatId(-1), NOON)
        assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)
        reminder = Post.remind(tip, PostContent(text="⏰"), NOON + DAY, NOON)
        assert await uow.of(POSTS_KEY).add_if_new(reminder)
        assert not await uow.of(POSTS_KEY).add_if_new(replace(reminder, id=PostId(samples.new_uuid()), key="another"))
        assert list(await uow.of(POSTS_KEY).reminders(NOON)) == [reminder]
        assert list(await uow.of(POSTS_KEY).reminders(NOON + DAY)) == []
        assert list(await uow.of(POSTS_KEY).unposted_before_deadline(NOON, NOON + 2 * DAY)) == [tip]
        assert await uow.of(POSTS_KEY).copy_in(tip.id, sale.channel.id) == delivery
        assert await uow.of(POSTS_KEY).copy_in(reminder.id, sale.channel.id) is None
        reminder.withdraw()
        await uow.of(POSTS_KEY).save(reminder)
        assert list(await uow.of(POSTS_KEY).reminders(NOON)) == []
