"""Watermarked copies of a picture, all made from one original that is fetched once and stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from features.marks.domain.leak_odds import Verdict
from features.marks.domain.pick_marks import PickMarks
from features.marks.ports import PICTURES_KEY
from features.marks.use_cases.trace_leak import TraceLeak
from subscriptions.application.dto.policy import RETENTION
from subscriptions.application.expiry.prune_records import PruneRecords
from subscriptions.domain.entities.delivery import SENDING_TAKES
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.features.marks.fakes import MemoryPictures, marked_newsroom

MARKS = PickMarks(b"a key of sixteen or more")
URL, HANGS = "https://img.example/1.png", "https://img.example/hangs.png"
PICK = PostContent(text="Over", photo_url=URL)


@pytest.fixture
def pictures() -> MemoryPictures:
    """Return in-memory pictures, keyed by their URL."""
    return MemoryPictures(at={URL: b"the original"}, hangs=HANGS)


@pytest.fixture
def news(shop: Shop, pictures: MemoryPictures) -> Newsroom:
    """Return a newsroom (test fixture that publishes posts) whose copies carry watermarks."""
    return marked_newsroom(shop, MARKS, pictures)


@pytest.fixture
def trace(shop: Shop, news: Newsroom, pictures: MemoryPictures) -> TraceLeak:
    """Return the use case that traces a leaked copy."""
    return TraceLeak(shop.units, MARKS, lambda: pictures)


async def sent(news: Newsroom, copies: int, key: str = "k") -> dict[ChatId, bytes]:
    plan = await news.shop.plan()
    chats = [await news.channel(plan) for _ in range(copies)]
    await news.accept(key, plan.soft_id, PICK)
    await news.work()
    return {chat: news.sender.pictures[chat] for chat in chats}


async def test_post_is_sent_with_the_original_picture_address_when_watermarks_are_off(
    shop: Shop, pictures: MemoryPictures
) -> None:
    news = marked_newsroom(shop, PickMarks(None), pictures)
    plan = await shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, PICK)
    await news.work()
    assert news.sender.in_channel(chat) == ["Over"]
    assert next(iter(news.sender.shown.values())) == PICK
    assert (news.sender.pictures, pictures.fetched) == ({}, [])


async def test_every_copy_is_unique_and_the_original_is_fetched_once(news: Newsroom, pictures: MemoryPictures) -> None:
    copies = await sent(news, 5)
    assert len(set(copies.values())) == 5
    assert all(copy.startswith(b"the original|") for copy in copies.values())
    assert pictures.fetched == [URL]


async def test_picture_changed_at_its_address_after_the_first_copy_is_not_used_for_later_copies(
    shop: Shop, pictures: MemoryPictures
) -> None:
    news = marked_newsroom(shop, MARKS, pictures)
    plan = await shop.plan()
    first, second = await news.channel(plan), await news.channel(plan)
    await news.accept("k", plan.soft_id, PICK)
    one, two = await news.fan_out_all()
    await news.deliver(one)
    pictures.at[URL] = b"another picture"
    restarted = replace(news)  # with an empty cache
    await restarted.deliver(two)
    assert all(news.sender.pictures[chat].startswith(b"the original|") for chat in (first, second))


async def test_leaked_picture_identifies_its_customer(news: Newsroom, trace: TraceLeak) -> None:
    copies = await sent(news, 20)
    for chat, copy in copies.items():
        traced = await trace.picture(copy)
        assert (traced.verdict, traced.copies) == (Verdict.NAMED, 20)
        async with news.shop.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
        assert channel is not None
        assert traced.suspects[0].customer is not None
        assert traced.suspects[0].customer.id == channel.customer_id


async def test_picture_mixed_from_two_copies_identifies_two_suspects(news: Newsroom, trace: TraceLeak) -> None:
    one, other, *_ = (await sent(news, 20)).values()
    traced = await trace.picture(one + other)
    assert (traced.verdict, len(traced.suspects)) == (Verdict.MIXED, 2)


async def test_untraceable_picture_is_reported_as_untraceable(news: Newsroom, trace: TraceLeak) -> None:
    await sent(news, 20)
    assert (await trace.picture(b"no picture")).verdict is Verdict.NO_PICTURE
    assert (await trace.picture(b"another|mark")).verdict is Verdict.UNKNOWN_PICK
    assert (await trace.picture(b"the original|mark")).verdict is Verdict.NO_MARK


async def test_unreachable_picture_address_is_fetched_again(news: Newsroom, pictures: MemoryPictures) -> None:
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, PICK)
    (delivery,) = await news.fan_out_all()
    pictures.errors = [RetryLater("no answer"), Permanent("no picture")]
    for expected in (RetryLater, Permanent):
        with pytest.raises(expected):
            await news.deliver(delivery)
        news.shop.clock.advance(timedelta(seconds=10))
    assert news.sender.posts == 0
    await news.deliver(delivery)
    assert news.sender.pictures[chat].startswith(b"the original|")


async def test_hanging_picture_address_does_not_block_other_deliveries(
    news: Newsroom, pictures: MemoryPictures
) -> None:
    plan = await news.shop.plan()
    for _ in range(2):
        await news.channel(plan)
    await news.accept("at hand", plan.soft_id, PICK)
    other, at_hand = await news.fan_out_all()
    await news.deliver(other)
    await news.accept("hangs", plan.soft_id, replace(PICK, photo_url=HANGS))
    first, second = await news.fan_out_all()
    hung = asyncio.create_task(news.deliver(first))
    await asyncio.wait_for(pictures.hanging.wait(), 90)
    try:
        async with asyncio.timeout(90):
            with pytest.raises(RetryLater):
                await news.deliver(second)
            await news.deliver(at_hand)
        assert news.sender.posts == 2
    finally:
        hung.cancel()
        await asyncio.wait({hung})
    assert pictures.fetched == [URL, HANGS]


@pytest.mark.parametrize("failure", [RetryLater("no answer"), Permanent("no picture")])
async def test_failing_picture_address_is_fetched_once_for_all_channels(
    news: Newsroom, pictures: MemoryPictures, failure: RetryLater | Permanent
) -> None:
    plan = await news.shop.plan()
    for _ in range(3):
        await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, PICK)
    deliveries = await news.fan_out_all()
    pictures.errors = [failure]
    for delivery in deliveries:
        with pytest.raises(type(failure), match=str(failure)):
            await news.deliver(delivery)
    assert pictures.fetched == [URL]
    failed = [each.failed for each in await news.deliveries(pick.id)]
    assert failed == [str(failure) if isinstance(failure, Permanent) else None] * 3


async def test_post_edited_while_its_picture_is_fetched_is_sent_once(news: Newsroom, pictures: MemoryPictures) -> None:
    plan = await news.shop.plan()
    chat = await news.channel(plan)
    pick = await news.accept("k", plan.soft_id, replace(PICK, photo_url=HANGS))
    (delivery,) = await news.fan_out_all()
    run = asyncio.create_task(news.deliver(delivery))
    await asyncio.wait_for(pictures.hanging.wait(), 90)
    news.shop.clock.advance(SENDING_TAKES * 2)
    await news.accept.edit("k", PostContent(text="Under", photo_url=URL))
    async with asyncio.timeout(90):
        await news.work()
    pictures.answer.set()
    await asyncio.wait_for(run, 90)
    (kept,) = await news.deliveries(pick.id)
    assert (news.sender.in_channel(chat), news.sender.posts, kept.repeated) == (["Under"], 1, 0)


async def test_original_pictures_are_pruned_after_their_retention_period(news: Newsroom, trace: TraceLeak) -> None:
    old = next(iter((await sent(news, 1, "old")).values()))
    keep = RETENTION[Record.PICTURES]
    news.shop.clock.advance(keep + keep / 100)
    await sent(news, 1, "new")
    await PruneRecords(news.shop.units, news.shop.clock, RETENTION)()
    async with news.shop.units() as uow:
        assert len(await uow.of(PICTURES_KEY).newest(10)) == 1
        first = await uow.of(POSTS_KEY).by_key("old")
        assert first is not None
        assert await uow.of(PICTURES_KEY).picture(first.id) is None
    assert (await trace.picture(old)).verdict is Verdict.NO_MARK


async def test_picture_url_that_failed_is_not_fetched_again_for_later_recipients(
    news: Newsroom, pictures: MemoryPictures
) -> None:
    plan = await news.shop.plan()
    for _ in range(2):
        await news.channel(plan)
    await news.accept("one", plan.soft_id, PICK)
    first, again = await news.fan_out_all()
    await news.accept("other", plan.soft_id, replace(PICK, photo_url=HANGS.replace("hangs", "2")))
    other, _ = await news.fan_out_all()
    pictures.errors = [Permanent("no picture"), Permanent("no picture either")]
    for delivery in (first, other, again):
        with pytest.raises(Permanent):
            await news.deliver(delivery)
    assert len(pictures.fetched) == 2
