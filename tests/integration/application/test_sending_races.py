"""Posts and messages processed by several workers at the same time: the database lets one worker proceed."""

from __future__ import annotations

import asyncio
from uuid import UUID

from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.customers import AcceptTerms, MeetCustomer, Person
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, TelegramId
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier

OLD, NEW = PostContent(text="Over 2.5"), PostContent(text="Over 3.5")


async def test_concurrent_posts_with_one_key_create_one_post_per_channel(shop: Shop, replica: Shop):
    news, other = Newsroom(shop), Newsroom(replica)
    plan = await shop.plan()
    chats = [await news.channel(plan) for _ in range(3)]
    picks = await asyncio.gather(*((news, other)[turn % 2].accept("k", plan.soft_id, OLD) for turn in range(8)))
    assert len({pick.id for pick in picks}) == 1
    await asyncio.gather(*(room.fan_out(picks[0].id, is_new=True) for room in (news, other)))
    await news.work()
    assert [news.sender.in_channel(chat) for chat in chats] == [["Over 2.5"]] * 3


async def test_post_is_sent_by_one_of_several_workers_and_shows_the_last_edit(shop: Shop, replica: Shop):
    news, other = Newsroom(shop), Newsroom(replica)
    other.sender = news.sender
    other.__post_init__()
    plan = await shop.plan()
    chat = await news.channel(plan)
    await news.accept("k", plan.soft_id, OLD)
    (delivery,) = await news.fan_out_all()
    runs = [(news, other)[turn % 2].deliver(delivery) for turn in range(8)]
    outcomes = await asyncio.gather(*runs, other.accept.edit("k", NEW), return_exceptions=True)
    assert all(isinstance(outcome, RetryLater) for outcome in outcomes if isinstance(outcome, BaseException))
    await news.work()
    assert news.sender.posts == 1
    assert news.sender.in_channel(chat) == ["Over 3.5"]


async def test_message_sent_by_two_workers_at_once_is_recorded_once_with_the_number_of_repeats(
    shop: Shop, replica: Shop
):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (job,) = await shop.jobs("bot.announce")
    notifier = MemoryNotifier()
    desks = [Announce(world.units, notifier, world.clock, world.policy, world.gateways) for world in (shop, replica)]
    reported = (job["kind"], CustomerId(UUID(job["customer_id"])), UUID(job["subject"]), job["key"])
    await asyncio.gather(*(desk(*reported) for desk in desks))
    await desks[0](*reported)
    async with shop.units() as uow:
        kept = await uow.notifications.by_key(f"{job['kind']}:{job['key']}")
    assert kept is not None
    assert kept.is_settled
    assert len(notifier.sent) == 1 + kept.repeated


async def test_updating_a_customer_keeps_accepted_terms(shop: Shop, replica: Shop):
    meet = MeetCustomer(shop.units, shop.clock)
    person = Person(telegram_id=TelegramId(77), first_name="Ana", username=None, language_code="es")
    await asyncio.gather(*(meet(person) for _ in range(6)))
    accept = AcceptTerms(replica.units, replica.clock, replica.policy)
    renamed = Person(telegram_id=TelegramId(77), first_name="Anna", username="anna", language_code="en")
    await asyncio.gather(*(meet(renamed) for _ in range(4)), accept(TelegramId(77)))
    async with shop.units() as uow:
        known = await uow.customers.by_telegram_id(TelegramId(77))
    assert known is not None
    assert (known.first_name, known.language) == ("Anna", "en")
    assert known.has_accepted(shop.policy.terms_version)
