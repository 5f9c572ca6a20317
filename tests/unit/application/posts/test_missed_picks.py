"""Check that a post refused by a channel is delivered automatically once the channel accepts it, and is delivered to a
replacement of the channel.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.posts.deliver_post import DeliverMissed
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import AccountId, ChannelId, ChatId
from subscriptions.domain.ports.post_sender import ChannelRefuses
from tests.fakes import samples
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop

REFUSED = ChannelRefuses("Bad Request: need administrator rights in the channel chat")
ANOTHER = ChatId(-1002000000099)


@pytest.fixture
async def news(shop: Shop) -> Newsroom:
    """Return the use cases that publish the posts of a shop without channels."""
    return Newsroom(shop)


async def say(news: Newsroom, soft_id: str, *texts: str) -> None:
    for text in texts:
        await news.accept(text, soft_id, PostContent(text=text))
    await news.work()


async def stored(news: Newsroom, chat: ChatId) -> Channel:
    async with news.shop.units() as uow:
        found = await uow.channels.by_chat_id(chat)
    assert found is not None
    return found


async def owned(news: Newsroom, plan: ServicePlan) -> Channel:
    """Save a customer's channel of the plan, owned by a userbot account."""
    channel = await stored(news, await news.channel(plan))
    channel.account_id = AccountId(1)
    async with news.shop.units() as uow:
        await uow.channels.save(channel)
        await uow.commit()
    return channel


async def missed(news: Newsroom, channel: ChannelId) -> None:
    await DeliverMissed(news.shop.units, news.shop.clock)(channel)
    await news.work_deliveries()


async def replaced(news: Newsroom, lost: Channel) -> Channel:
    """Save another channel of the same customer that replaces the lost one."""
    assert lost.customer_id is not None
    now = news.shop.clock.now()
    another = replace(
        lost,
        id=ChannelId(samples.new_uuid()),
        channel_id=ANOTHER,
        marker="another",
        replaces=lost.id,
        created_at=now,
        ready_at=now,
    )
    right = replace(Access.request(lost.customer_id, another.id, now), status=AccessStatus.INVITED)
    async with news.shop.units() as uow:
        lost.mark_deleted()
        await uow.channels.save(lost)
        await uow.channels.save(another)
        await uow.accesses.save(right)
        await uow.commit()
    return another


async def test_post_refused_for_missing_rights_is_sent_after_the_repair(news: Newsroom) -> None:
    plan = await news.shop.plan()
    channel = await owned(news, plan)
    chat = channel.channel_id
    assert chat is not None
    news.sender.errors = [REFUSED]
    await say(news, plan.soft_id, "uno", "dos")
    assert news.sender.in_channel(chat) == ["dos"]
    (mend,) = [job for job in news.shop.memory.jobs if job.payload.get("mend")]
    assert (mend.name, mend.key) == (f"userbot.acc.{channel.account_id}", f"mend:{channel.id}")
    for _ in range(2):
        await missed(news, channel.id)
        assert news.sender.in_channel(chat) == ["dos", "uno"]


async def test_post_refused_again_after_the_repair_is_not_retried(news: Newsroom) -> None:
    plan = await news.shop.plan()
    channel = await owned(news, plan)
    news.sender.errors = [REFUSED, REFUSED]
    await say(news, plan.soft_id, "uno")
    with pytest.raises(ChannelRefuses):
        await missed(news, channel.id)
    await missed(news, channel.id)
    assert news.sender.posts == 1


async def test_replacement_channel_receives_missed_posts_once(news: Newsroom) -> None:
    plan = await news.shop.plan()
    lost = await owned(news, plan)
    await say(news, plan.soft_id, "antes")
    news.sender.errors = [REFUSED]
    await say(news, plan.soft_id, "rechazado")
    news.shop.clock.advance(timedelta(minutes=5))
    another = await replaced(news, lost)
    another.status = ChannelStatus.CREATED
    async with news.shop.units() as uow:
        await uow.channels.save(another)
        await uow.commit()
    await say(news, plan.soft_id, "mientras")
    another.status = ChannelStatus.READY
    async with news.shop.units() as uow:
        await uow.channels.save(another)
        await uow.commit()
    await say(news, plan.soft_id, "después")
    for _ in range(2):
        await missed(news, another.id)
        assert sorted(news.sender.in_channel(ANOTHER)) == ["después", "mientras", "rechazado"]


async def test_withdrawn_post_is_not_sent_to_the_replacement(news: Newsroom) -> None:
    plan = await news.shop.plan()
    lost = await owned(news, plan)
    news.sender.errors = [REFUSED]
    await say(news, plan.soft_id, "uno")
    another = await replaced(news, lost)
    await news.accept.withdraw("uno")
    await news.work()
    await missed(news, another.id)
    assert news.sender.in_channel(ANOTHER) == []


async def test_edit_of_a_post_appears_in_the_replacement_but_not_in_the_lost_channel(news: Newsroom) -> None:
    plan = await news.shop.plan()
    lost = await owned(news, plan)
    assert lost.channel_id is not None
    await say(news, plan.soft_id, "uno")
    another = await replaced(news, lost)
    await say(news, plan.soft_id, "dos")
    await missed(news, another.id)
    for key in ("uno", "dos"):
        await news.accept.edit(key, PostContent(text=f"{key} bis"))
    await news.work()
    assert news.sender.in_channel(lost.channel_id) == ["uno"]
    assert news.sender.in_channel(ANOTHER) == ["dos bis"]


async def test_post_sent_first_to_a_replacement_channel_still_reaches_the_other_channels_once(news: Newsroom) -> None:
    plan = await news.shop.plan()
    lost, others = await owned(news, plan), [await news.channel(plan) for _ in range(2)]
    another = await replaced(news, lost)
    await news.accept("uno", plan.soft_id, PostContent(text="uno"))
    await missed(news, another.id)
    assert news.sender.in_channel(ANOTHER) == ["uno"]
    await news.work()
    assert [news.sender.in_channel(chat) for chat in (*others, ANOTHER)] == [["uno"]] * 3
    assert news.sender.posts == 3


async def test_posts_published_while_the_customer_had_no_access_are_not_sent_later(news: Newsroom) -> None:
    plan = await news.shop.plan()
    another = await replaced(news, await owned(news, plan))
    await say(news, plan.soft_id, "pagado")
    await missed(news, another.id)
    async with news.shop.units() as uow:
        (right,) = await uow.accesses.of_channel(another.id)
        await uow.accesses.save(replace(right, status=AccessStatus.REVOKED))
        await uow.commit()
    news.shop.clock.advance(timedelta(days=3))
    await say(news, plan.soft_id, "sin pagar")
    async with news.shop.units() as uow:
        await uow.accesses.save(right)
        await uow.commit()
    await say(news, plan.soft_id, "de vuelta")
    await missed(news, another.id)
    assert news.sender.in_channel(ANOTHER) == ["pagado", "de vuelta"]


async def test_channel_gets_no_earlier_posts_of_its_new_plan(news: Newsroom) -> None:
    plan, other = await news.shop.plan(), await news.shop.plan()
    another = await replaced(news, await owned(news, plan))
    await say(news, plan.soft_id, "pagado")
    await say(news, other.soft_id, "sin pagar")
    another.plan_id = other.id
    async with news.shop.units() as uow:
        await uow.channels.save(another)
        await uow.commit()
    await missed(news, another.id)
    assert news.sender.in_channel(ANOTHER) == ["pagado"]
