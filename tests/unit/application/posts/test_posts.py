"""Check that a post is sent once to every live channel and finally shows the operator's latest version."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.posts.publish_post import PostConflict, UnknownPost
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.delivery import SENDING_TAKES
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop

OLD, NEW, NEWEST = (PostContent(text=text) for text in ("Over 2.5", "Over 3.5", "Under 2.5"))


class Killed(BaseException):
    """Simulated kill of the process."""


@pytest.fixture
def news(shop: Shop) -> Newsroom:
    """Return the use cases that publish the posts of the shop in memory."""
    return Newsroom(shop)


async def test_post_reaches_every_live_channel_of_its_plan_once(news: Newsroom):
    plan, other = await news.shop.plan(), await news.shop.plan()
    live = [await news.channel(plan) for _ in range(3)] + [await news.channel(plan, AccessStatus.INVITED)]
    others = [await news.channel(other), await news.channel(plan, AccessStatus.REVOKED)]
    await news.accept("k", plan.soft_id, OLD)
    await news.work()
    assert [news.sender.in_channel(chat) for chat in live] == [["Over 2.5"]] * 4
    assert [news.sender.in_channel(chat) for chat in others] == [[], []]


async def test_concurrent_requests_with_one_key_create_one_post(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    picks = await asyncio.gather(*(news.accept("k", plan.soft_id, OLD) for _ in range(5)))
    assert len({pick.id for pick in picks}) == 1
    await news.work()
    assert news.sender.in_channel(chat) == ["Over 2.5"]


@pytest.mark.parametrize("other", ["another text", "another plan"])
async def test_reusing_a_key_for_another_post_is_refused(news: Newsroom, other):
    plan, second = await news.shop.plan(), await news.shop.plan()
    await news.accept("k", plan.soft_id, OLD)
    with pytest.raises(PostConflict):
        await news.accept(
            "k", second.soft_id if other == "another plan" else plan.soft_id, NEW if other == "another text" else OLD
        )


async def test_post_for_an_unknown_plan_and_edit_of_an_unknown_post_are_refused(news: Newsroom):
    with pytest.raises(PlanUnavailable):
        await news.accept("k", "no-such-plan", OLD)
    for step in (news.accept.edit("k", NEW), news.accept.withdraw("k")):
        with pytest.raises(UnknownPost):
            await step


async def test_post_edited_before_the_first_send_is_sent_once_with_the_edit(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    await news.accept.edit("k", NEW)
    await news.work()
    assert news.sender.in_channel(chat) == ["Over 3.5"]
    assert news.sender.posts == 1


async def test_post_shows_the_last_of_several_edits(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    await news.work()
    for content in (NEW, NEWEST):
        await news.accept.edit("k", content)
    await news.work()
    assert news.sender.in_channel(chat) == ["Under 2.5"]
    assert news.sender.posts == 1


@pytest.mark.parametrize("change", ["edit", "withdraw"])
async def test_edit_or_withdrawal_made_during_the_send_is_applied_after_the_send(news: Newsroom, change):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    news.sender.hold = asyncio.Event()
    posting = asyncio.create_task(news.deliver(delivery))
    await news.sender.begun.wait()
    await (news.accept.edit("k", NEW) if change == "edit" else news.accept.withdraw("k"))
    for job in await news.fan_out_all():
        with pytest.raises(RetryLater):
            await news.deliver(job)
    news.sender.hold.set()
    await posting
    await news.work()
    assert news.sender.in_channel(chat) == (["Over 3.5"] if change == "edit" else [])
    assert news.sender.posts == 1


async def test_slow_edit_does_not_undo_a_later_edit(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    await news.work()
    await news.accept.edit("k", NEW)
    (delivery,) = await news.fan_out_all()
    news.sender.hold, news.sender.begun = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(news.deliver(delivery))
    await news.sender.begun.wait()
    await news.accept.edit("k", NEWEST)
    with pytest.raises(RetryLater):
        await news.deliver(delivery)
    news.sender.hold.set()
    await slow
    await news.work()
    assert news.sender.in_channel(chat) == ["Under 2.5"]


async def test_concurrent_workers_post_a_delivery_once(news: Newsroom):
    plan = await news.shop.plan()
    await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    outcomes = await asyncio.gather(*(news.deliver(delivery) for _ in range(4)), return_exceptions=True)
    assert news.sender.posts == 1
    assert all(outcome is None or isinstance(outcome, RetryLater) for outcome in outcomes)


async def test_post_withdrawn_before_the_send_is_never_sent(news: Newsroom):
    plan = await news.shop.plan()
    await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    deliveries = await news.fan_out_all()
    await news.accept.withdraw("k")
    for delivery in deliveries:
        await news.deliver(delivery)
    await news.work()
    with pytest.raises(UnknownPost):
        await news.accept.edit("k", NEW)
    await news.work()
    assert news.sender.posts == 0


async def test_channel_created_later_gets_no_earlier_post(news: Newsroom):
    plan = await news.shop.plan()
    await news.accept("k", plan.soft_id, OLD)
    await news.work()
    chat = await news.channel(plan)
    await news.accept.edit("k", NEW)
    await news.work()
    assert news.sender.in_channel(chat) == []


async def test_repeated_distribution_of_a_post_sends_it_once_to_each_channel(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    await news.work()
    await news.fan_out(pick.id, is_new=True)
    await news.work()
    assert news.sender.in_channel(chat) == ["Over 2.5"]


async def test_post_repeated_after_a_crash_is_counted(news: Newsroom):
    plan = await news.shop.plan()
    await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    news.sender.errors.append(Killed())
    with pytest.raises(Killed):
        await news.deliver(delivery)
    # Another process cannot know of the crash before the sender's time limit is over.
    with pytest.raises(RetryLater) as notified:
        await news.deliver(delivery)
    assert notified.value.delay is not None
    assert timedelta() < notified.value.delay <= SENDING_TAKES
    news.shop.clock.advance(notified.value.delay)
    await news.deliver(delivery)
    (kept,) = await news.deliveries(pick.id)
    assert (kept.repeated, kept.message_id, kept.sending_since) == (1, 1, None)


async def test_post_repeated_after_a_lost_answer_is_counted(news: Newsroom):
    plan = await news.shop.plan()
    await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    news.sender.errors.append(Ambiguous("no answer"))
    with pytest.raises(Ambiguous):
        await news.deliver(delivery)
    await news.deliver(delivery)
    (kept,) = await news.deliveries(pick.id)
    assert (kept.repeated, kept.message_id) == (1, 1)


async def test_post_is_sent_after_a_rate_limit_without_counting_as_repeated(news: Newsroom):
    plan = await news.shop.plan()
    await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    news.sender.errors.append(RetryLater("flood", delay=timedelta(seconds=30)))
    with pytest.raises(RetryLater, match="flood"):
        await news.deliver(delivery)
    await news.deliver(delivery)
    (kept,) = await news.deliveries(pick.id)
    assert (kept.repeated, kept.message_id) == (0, 1)


async def test_send_timestamp_in_the_future_does_not_block_the_delivery(news: Newsroom):
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    (kept,) = await news.deliveries(pick.id)
    async with news.shop.units() as uow:
        kept.sending_since = news.shop.clock.now() + timedelta(days=40)
        await uow.of(POSTS_KEY).save_delivery(kept)
        await uow.commit()
    await news.deliver(delivery)
    assert news.sender.in_channel(chat) == ["Over 2.5"]


@pytest.mark.parametrize("change", ["edit", "withdraw"])
async def test_edit_through_a_removed_bot_fails_and_is_sent_once_the_bot_is_back(news: Newsroom, change):
    plan = await news.shop.plan()
    await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, OLD)
    await news.work()
    news.sender.bots = {"two"}
    await (news.accept.edit("k", NEW) if change == "edit" else news.accept.withdraw("k"))
    (delivery,) = await news.fan_out_all()
    with pytest.raises(Permanent):
        await news.deliver(delivery)
    (kept,) = await news.deliveries(pick.id)
    assert kept.failed is not None
    assert (kept.revision, kept.sending_since) == (1, None)
    news.sender.bots = {"one"}
    await news.deliver(delivery)
    (kept,) = await news.deliveries(pick.id)
    assert (kept.failed, kept.revision) == (None, 2)
