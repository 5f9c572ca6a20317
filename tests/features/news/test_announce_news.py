"""Notifications of owners about business events: each topic once, only to subscribed owners, and bursts in one
message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.news import jobs as news_jobs
from features.news.alarms import NewsRefused
from features.news.domain import NewsChat, Topic
from features.news.messages import News, NewsTogether
from features.news.schedule import works
from features.news.use_cases.announce_news import BREATH, SINGLE_NEWS, AnnounceNews
from features.news.use_cases.arrange_news import ArrangeNews
from features.news.use_cases.watch_news import WatchNews
from subscriptions.application.messages.delivery import Delivery
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.subscriptions.subscription_handler import NoteCancelReason
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.services.reminder_policy import MORNING
from subscriptions.domain.services.zones import HOME
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier
from tests.support.schedule import schedule_with

OLGA = TelegramId(1)
GROUP = TelegramId(-1001234567890)
PRICE = Money(2999, "EUR")


@dataclass
class Press:
    """Activity feed of a shop, whose jobs the tests run one by one."""

    shop: Shop
    groups: tuple[NewsChat, ...] = ()
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)
    noted: int = 0
    notified: int = 0

    def __post_init__(self) -> None:
        shop = self.shop
        delivery = Delivery(shop.units, self.notifier, shop.clock)
        self.announce = AnnounceNews(shop.units, delivery, shop.clock, shop.policy, frozenset({OLGA}), self.groups)
        self.arrange = ArrangeNews(shop.units, shop.clock, StaffDesk(shop.units, shop.clock))

    async def owner(self) -> Customer:
        return await self.shop.customer(telegram_id=OLGA, staff_role=StaffRole.OWNER, language="en")

    async def sells(self, plan: ServicePlan, times: int = 1) -> None:
        """Sell the plan to `times` new customers."""
        for _ in range(times):
            _, session = await self.shop.checkout(await self.shop.customer(), plan)
            await self.shop.deliver(*self.shop.provider.pay(session))

    async def notes(self) -> None:
        """Run the queued `NoteNews` jobs, whether due or not; each twice, as after a crash."""
        waiting = await self.shop.jobs(news_jobs.NoteNews.name)
        for payload in waiting[self.noted :] * 2:
            await self.announce.note(news_jobs.NoteNews.parse(payload))
        self.noted = len(waiting)

    async def receive(self, chat: TelegramId = OLGA) -> list[Any]:
        """Run the queued `NoteNews` jobs and return the messages sent to the chat."""
        await self.notes()
        before = len(self.notifier.said)
        await self.announce.tell(chat)
        return self.notifier.said[before:]


@pytest.fixture
def press(shop: Shop) -> Press:
    return Press(shop)


def facts(news: News) -> dict[str, str]:
    return {name: value for name, value in news.facts.items() if name not in {"who", "customer"}}


async def test_first_sale_is_announced_at_once_and_four_later_sales_in_one_combined_message(press: Press):
    owner, plan = await press.owner(), await press.shop.plan()
    await press.sells(plan)
    (notified,) = await press.receive()
    assert (notified.topic, notified.amount, notified.facts["plan"]) == (Topic.SALE, PRICE, plan.name)
    assert notified.facts["customer"] != str(owner.id)
    assert press.notifier.sent[0].language == "en"
    await press.sells(plan, 4)
    assert await press.receive() == []
    press.shop.clock.advance(BREATH)
    (notified,) = await press.receive()
    assert isinstance(notified, NewsTogether)
    assert [each.amount for each in notified.news] == [PRICE] * 4


async def test_a_hundred_sales_are_announced_in_two_messages(press: Press):
    plan = await press.shop.plan()
    said = 0
    for number in range(100):
        await press.sells(plan)
        if number % 10 == 0:
            said += len(await press.receive())
    press.shop.clock.advance(BREATH)
    (rest,) = await press.receive()
    assert said == 1
    assert len(rest.news) == 99
    assert await press.receive() == []


async def test_entries_in_quick_succession_wait_for_one_job_that_announces_them(press: Press):
    plan = await press.shop.plan()
    await press.sells(plan)
    await press.receive()
    await press.sells(plan, SINGLE_NEWS)
    await press.receive()
    (waiting,) = [job for job in press.shop.memory.jobs_named(news_jobs.SendNews.name) if job.not_before is not None]
    assert waiting.not_before == press.shop.clock.now() + BREATH
    press.shop.clock.advance(BREATH)
    assert [type(each) for each in await press.receive()] == [News] * SINGLE_NEWS


async def test_renewal_is_announced_only_to_owners_subscribed_to_renewals(press: Press):
    await press.owner()
    await press.sells(await press.shop.plan())
    await press.receive()
    press.shop.clock.advance(PERIOD)
    await press.shop.deliver(press.shop.provider.renew("sub-1", PRICE))
    assert await press.receive() == []
    await press.arrange.switch(OLGA, Topic.RENEWAL, is_on=True)
    await press.arrange.switch(OLGA, Topic.SALE, is_on=False)
    press.shop.clock.advance(PERIOD)
    await press.shop.deliver(press.shop.provider.renew("sub-1", PRICE))
    await press.sells(await press.shop.plan())
    (notified,) = await press.receive()
    assert notified.topic == Topic.RENEWAL
    topics = await press.arrange.topics(OLGA)
    assert (topics[Topic.RENEWAL], topics[Topic.SALE], topics[Topic.REFUND]) == (True, False, True)


async def test_only_an_owner_can_change_activity_topics(press: Press):
    ana = await press.shop.customer(staff_role=StaffRole.MANAGER)
    with pytest.raises(NotAllowed):
        await press.arrange.switch(ana.telegram_id, Topic.SALE, is_on=False)


async def test_cancellation_is_announced_with_its_reason_unless_undone(press: Press):
    shop, plan = press.shop, await press.shop.plan()
    ana = await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await press.receive()
    await shop.cancel(ana.telegram_id)
    (job,) = [job for job in shop.memory.jobs_named(news_jobs.NoteNews.name) if job.not_before is not None]
    assert job.not_before is not None
    assert job.not_before > shop.clock.now()
    await NoteCancelReason(shop.units)(ana.telegram_id, plan.soft_id, "price")
    shop.clock.advance(timedelta(minutes=3))
    (notified,) = await press.receive()
    assert (notified.topic, notified.facts["reason"]) == (Topic.CANCELLATION, "price")
    await shop.undo(ana.telegram_id)
    await shop.cancel(ana.telegram_id)
    await shop.undo(ana.telegram_id)
    shop.clock.advance(timedelta(minutes=3))
    assert await press.receive() == []


async def test_group_receives_activity_of_its_topics_in_its_thread(shop: Shop):
    press = Press(shop, groups=(NewsChat(chat=GROUP, thread=7, topics=frozenset({Topic.SALE})),))
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    await press.sells(await shop.plan())
    (notified,) = await press.receive(GROUP)
    assert (notified.thread, notified.facts["bot"], press.notifier.sent[0].recipient) == (7, "umbral_bot", GROUP)
    (own,) = await press.receive()
    assert (own.thread, "bot" in own.facts) == (None, False)


async def test_group_that_refuses_messages_raises_an_alarm_until_a_message_is_accepted(shop: Shop):
    press = Press(shop, groups=(NewsChat(chat=GROUP),))
    press.notifier.errors = [Permanent("Bad Request: chat not found")]
    plan = await shop.plan()
    await press.sells(plan)
    assert await press.receive(GROUP) == []
    async with shop.units() as uow:
        (alarm,) = await uow.alarms.open(5)
    assert (alarm.kind, alarm.facts["group"]) == (NewsRefused.name, str(GROUP))
    await press.sells(plan)
    await press.receive(GROUP)
    async with shop.units() as uow:
        assert list(await uow.alarms.open(5)) == []


async def test_failed_notification_is_sent_later_and_once(press: Press):
    press.notifier.errors = [RetryLater("busy")]
    await press.sells(await press.shop.plan())
    with pytest.raises(RetryLater):
        await press.receive()
    (notified,) = await press.receive()
    assert notified.topic == Topic.SALE
    press.shop.clock.advance(BREATH)
    assert await press.receive() == []


async def test_daily_and_weekly_figures_are_sent_once_in_the_morning(press: Press):
    shop = press.shop
    schedule = schedule_with(shop, works(lambda _: WatchNews(shop.units, shop.clock, HOME)))
    await schedule()
    await press.sells(await shop.plan(), 2)
    await press.receive()
    lines: list[News] = []
    for _ in range(8 * 24):
        shop.clock.advance(timedelta(hours=1))
        await schedule()
        received = await press.receive()
        assert not received or shop.clock.now().astimezone(HOME).time() >= MORNING
        lines += received
    assert sorted(each.topic for each in lines) == [Topic.DAILY, Topic.WEEKLY]
    day, week = sorted(lines, key=lambda each: each.topic)
    assert (day.facts["new"], day.facts["active"], day.facts["earned"]) == ("2", "2", "59.98 EUR")
    assert week.facts["earned"] == "59.98 EUR"
    await schedule_with(shop, works(lambda _: WatchNews(shop.units, shop.clock, HOME)))()
    assert await press.receive() == []


@pytest.mark.parametrize("eve", [datetime(2026, 3, 28, 6, tzinfo=UTC), datetime(2026, 10, 24, 6, tzinfo=UTC)])
async def test_day_of_a_clock_change_is_reported_once_with_all_its_sales(press: Press, eve: datetime):
    """One of the days has 23 hours and the other has 25. Each day is announced once, on the reader's next morning, with
    all of the day's sales.
    """
    shop = press.shop
    shop.clock.advance(eve - shop.clock.now())
    schedule = schedule_with(shop, works(lambda _: WatchNews(shop.units, shop.clock, HOME)))
    plan = await shop.plan()
    lines: list[tuple[datetime, News]] = []
    for _ in range(2 * 4 * 24):
        await schedule()
        notified = [news for news in await press.receive() if news.topic == Topic.DAILY]
        lines += [(shop.clock.now().astimezone(HOME), news) for news in notified]
        if shop.clock.now().minute == 30:
            await press.sells(plan)
            await press.receive()
        shop.clock.advance(timedelta(minutes=30))
    days = [local.date() for local, _ in lines]
    assert days == sorted(set(days))
    assert {local.time() >= MORNING for local, _ in lines} == {True}
    long_or_short = {local.date(): news.facts["new"] for local, news in lines}
    changed = eve.date() + timedelta(days=1)
    assert long_or_short[changed + timedelta(days=1)] == ("23" if changed.month == 3 else "25")


async def test_person_is_notified_in_their_language_and_group_in_the_owners_language(shop: Shop):
    press = Press(shop, groups=(NewsChat(chat=GROUP),))
    await press.owner()
    # No customer has a group's chat id; if one did, that customer's language would not count for the group.
    await shop.customer(telegram_id=GROUP, language="es")
    await press.sells(await shop.plan())
    await press.receive()
    await press.receive(GROUP)
    assert {sent.recipient: sent.language for sent in press.notifier.sent} == {OLGA: "en", GROUP: "en"}


async def test_each_owner_is_notified_in_their_language_by_one_job(press: Press):
    await press.owner()
    eva = await press.shop.customer(staff_role=StaffRole.OWNER, language="es")
    delivery = Delivery(press.shop.units, press.notifier, press.shop.clock)
    owners = frozenset({OLGA, eva.telegram_id})
    press.announce = AnnounceNews(press.shop.units, delivery, press.shop.clock, press.shop.policy, owners, ())
    await press.sells(await press.shop.plan(), 3)
    await press.notes()
    asked = press.shop.memory.jobs_named(news_jobs.SendNews.name)
    assert {job.key for job in asked} == {str(OLGA), str(eva.telegram_id)}
    for owner in owners:
        await press.announce.tell(owner)
    assert {sent.recipient: sent.language for sent in press.notifier.sent} == {OLGA: "en", eva.telegram_id: "es"}


async def test_failed_charge_and_refund_are_announced_under_their_topics(shop: Shop):
    press = Press(shop, groups=(NewsChat(chat=GROUP),))
    _, session = await shop.checkout(await shop.customer(), await shop.plan())
    paid = shop.provider.pay(session)
    await shop.deliver(*paid)
    await press.receive(GROUP)
    key = paid[-1].payment_key
    back = shop.provider.create_event(
        PaymentEventKind.REFUND, "back", payment_key="back", about_payment=key, amount=PRICE
    )
    for happens, topic in ((shop.provider.fail_renewal("sub-1"), Topic.FAILED_CHARGE), (back, Topic.REFUND)):
        await shop.deliver(happens)
        shop.clock.advance(BREATH)
        (notified,) = await press.receive(GROUP)
        assert (notified.topic, notified.amount) == (topic, PRICE)
