"""Watermarked copies of a post: a leaked copy identifies its customer or is reported as untraceable."""

from __future__ import annotations

from random import Random

import pytest

from features.marks.domain.leak_odds import WRONG_AT_MOST, Verdict
from features.marks.domain.pick_marks import MarksUnkeyed, PickMarks
from features.marks.use_cases.trace_leak import TraceLeak
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import ChatId, identifiers_from
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.resources import vip as shared_vip
from tests.fakes.shop import Shop
from tests.features.marks.fakes import MemoryPictures, marked_newsroom

SAID = (
    "Betis – Sevilla: más de 2,5 goles @ 1.95. El Betis gana casi todo en casa y el Sevilla llega sin su portero.\n"
    "Stake 3/10. Que no se os pase la hora, que la cuota está bajando… Mucha suerte a todos esta noche."
)
PICK = PostContent(text=SAID)
MARKS = PickMarks(b"a key of sixteen or more", [("gana", "vence"), ("casi todo", "prácticamente todo")])


@pytest.fixture
def news(shop: Shop) -> Newsroom:
    """Return a newsroom (test fixture that publishes posts) whose copies carry watermarks."""
    return marked_newsroom(shop, MARKS)


@pytest.fixture
def trace(shop: Shop) -> TraceLeak:
    """Return the use case that traces a leaked copy."""
    return TraceLeak(shop.units, MARKS, MemoryPictures)


async def sent(news: Newsroom, copies: int, key: str = "k", content: PostContent = PICK) -> dict[ChatId, str]:
    """Send a post to the given number of new channels, and return the text shown in each channel. Every run makes the
    same copies.
    """
    with identifiers_from(Random(key).randbytes):
        plan = await news.shop.plan()
        chats = [await news.channel(plan) for _ in range(copies)]
        await news.accept(key, plan.soft_id, content)
    await news.work()
    return {chat: news.sender.in_channel(chat)[-1] for chat in chats}


async def customer_of(news: Newsroom, chat: ChatId) -> int:
    async with news.shop.units() as uow:
        channel = await uow.channels.by_chat_id(chat)
        assert channel is not None
        assert channel.customer_id is not None
        who = await uow.customers.get(channel.customer_id)
    assert who is not None
    return who.telegram_id


async def test_every_channel_gets_the_same_text_when_watermarks_are_off(shop: Shop) -> None:
    assert set((await sent(Newsroom(shop), 20)).values()) == {SAID}


async def test_leaked_copy_identifies_its_customer(news: Newsroom, trace: TraceLeak) -> None:
    copies = await sent(news, 40)
    assert len(set(copies.values())) == 40
    for chat, text in copies.items():
        traced = await trace.text(f"Mirad: {text}")
        assert (traced.verdict, traced.copies) == (Verdict.NAMED, 40)
        [suspect] = traced.suspects
        assert suspect.customer is not None
        assert suspect.customer.telegram_id == await customer_of(news, chat)
        assert suspect.wrong <= WRONG_AT_MOST


async def test_edited_post_is_watermarked_again_and_older_copies_stay_traceable(
    news: Newsroom, trace: TraceLeak
) -> None:
    copies = await sent(news, 10)
    await news.accept.edit("k", PostContent(text=SAID.replace("2,5", "3,5").replace("1.95", "2.40")))
    await news.work()
    for chat, before in copies.items():
        after = news.sender.in_channel(chat)[-1]
        assert "3,5" in after
        for leak in (before, after):
            [suspect] = (await trace.text(leak)).suspects
            assert suspect.customer is not None
            assert suspect.customer.telegram_id == await customer_of(news, chat)


async def test_same_text_in_two_posts_is_distinguished(news: Newsroom, trace: TraceLeak) -> None:
    await sent(news, 5, "one")
    second = await sent(news, 5, "two")
    for chat, text in second.items():
        traced = await trace.text(text)
        assert (traced.verdict, traced.copies) == (Verdict.NAMED, 10)
        assert traced.suspects[0].pick == "two"
        assert traced.suspects[0].customer is not None
        assert traced.suspects[0].customer.telegram_id == await customer_of(news, chat)


async def test_untraceable_text_is_reported_as_untraceable(news: Newsroom, trace: TraceLeak) -> None:
    copies = list((await sent(news, 40)).values())
    mixed = "\n".join([copies[0].splitlines()[0], copies[1].splitlines()[1]])
    assert (await trace.text("Betis")).verdict is Verdict.TOO_SHORT
    assert (await trace.text("")).verdict is Verdict.TOO_SHORT
    assert (await trace.text("Hoy no hay pick, mañana más y mejor")).verdict is Verdict.UNKNOWN_PICK
    assert (await trace.text(SAID)).verdict is Verdict.NO_MARK
    assert (await trace.text(mixed)).verdict in {Verdict.MIXED, Verdict.NO_MARK}


async def test_unsent_copy_is_not_a_suspect(news: Newsroom, trace: TraceLeak) -> None:
    plan = await news.shop.plan()
    await news.channel(plan)
    await news.accept("k", plan.soft_id, PICK)
    await news.fan_out_all()
    assert (await trace.text(SAID)).copies == 0


async def test_copy_from_the_shared_channel_identifies_no_customer(news: Newsroom, trace: TraceLeak) -> None:
    plan = await news.shop.plan()
    shared = Channel.for_resource(shared_vip(), ChatId(-100200), "VIP", news.shop.clock.now())
    pick = await news.accept("k", plan.soft_id, PICK)
    async with news.shop.units() as uow:
        await uow.channels.save(shared)
        await uow.commit()
    chat = await news.channel(plan)
    await news.work()
    async with news.shop.units() as uow:
        [delivery] = await uow.of(POSTS_KEY).deliveries(pick.id)
        delivery.channel_id = shared.id
        await uow.of(POSTS_KEY).save_delivery(delivery)
        await uow.commit()
    assert news.sender.in_channel(chat)
    traced = await trace.text(MARKS.content(pick, shared.id).text)
    assert traced.verdict is Verdict.SHARED


async def test_missing_watermark_key_is_reported(news: Newsroom) -> None:
    await sent(news, 1)
    with pytest.raises(MarksUnkeyed, match="PICK_MARK_KEY"):
        await TraceLeak(news.shop.units, PickMarks(None), MemoryPictures).text(SAID)


async def test_watermark_is_not_found_with_another_key(news: Newsroom) -> None:
    copies = await sent(news, 30)
    stranger = TraceLeak(news.shop.units, PickMarks(b"another key of sixteen"), MemoryPictures)
    assert {(await stranger.text(text)).verdict for text in copies.values()} == {Verdict.NO_MARK}


async def test_repeated_watermarking_gives_the_same_copies(news: Newsroom) -> None:
    copies = await sent(news, 3)
    assert set(copies.values()) != {SAID}
    async with news.shop.units() as uow:
        pick = await uow.of(POSTS_KEY).by_key("k")
        assert pick is not None
        again = [MARKS.content(pick, each.channel_id).text for each in await uow.of(POSTS_KEY).deliveries(pick.id)]
    assert sorted(again) == sorted(copies.values())
