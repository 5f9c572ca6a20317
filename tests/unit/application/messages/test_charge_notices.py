"""Check that a charge notice is stored as sent, and that the owners are alerted before the charge if the notice cannot
be delivered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.domain.entities.delivery import Sent
from subscriptions.domain.entities.notification import Message, MessageKind, Notification
from subscriptions.domain.errors import ActionRequired, Ambiguous, RetryLater, UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.domain.services import notice_policy
from tests.fakes.provider import PERIOD
from tests.fakes.shop import TRIAL_MARKS, Shop
from tests.fakes.telegram import MemoryNotifier
from tests.unit.application.messages.test_announce import Desk


async def noticed(desk: Desk) -> tuple[int, dict[str, Any]]:
    """Advance to the day of the notice. Return the customer's Telegram id and the notice job."""
    ana, _ = await desk.paid()
    desk.shop.clock.advance(PERIOD - notice_policy.DEFAULT)
    await desk.shop.run_due()
    async with desk.shop.units() as uow:
        (held,) = await uow.subscriptions.of_customer(ana.id)
    await desk.shop.remind(held.id)
    (job,) = await desk.shop.notified(MessageKind.RENEWAL_COMING)
    return ana.telegram_id, job


async def test_text_of_each_sent_message_is_stored(shop: Shop) -> None:
    desk = Desk(shop)
    _, payment = await desk.paid()
    await desk.run(payment)
    assert (await desk.kept(payment)).text == repr(desk.notifier.said[-1])
    async with shop.units() as uow:
        customers = [await uow.customers.by_telegram_id(item.recipient) for item in desk.notifier.sent]
    assert customers[0] is not None
    shop.clock.advance(PERIOD - notice_policy.DEFAULT)
    async with shop.units() as uow:
        (held,) = await uow.subscriptions.of_customer(customers[0].id)
    await shop.remind(held.id)
    (job,) = await shop.notified(MessageKind.RENEWAL_COMING)
    await desk.run(job)
    notice = await desk.kept(job)
    assert notice.text == repr(desk.notifier.said[-1])
    assert notice.sent_at == shop.clock.now()


async def _charged(desk: Desk, customer: int, job: dict[str, Any]) -> None:
    desk.shop.clock.advance(notice_policy.DEFAULT)
    await desk.shop.deliver(desk.shop.provider.renew("sub-1", desk.shop.provider.requests[0].amount))


async def _cancels(desk: Desk, customer: int, job: dict[str, Any]) -> None:
    await desk.shop.cancel(customer)


async def _notice_arrives_late(desk: Desk, customer: int, job: dict[str, Any]) -> None:
    async with desk.shop.units() as uow:
        notice = await uow.notifications.by_key(f"{job['kind']}:{job['key']}", lock=True)
        assert notice is not None
        notice.failed, notice.sent_at = None, desk.shop.clock.now()
        await uow.notifications.save(notice)
        await uow.commit()


@pytest.mark.parametrize("ending", [_charged, _cancels, _notice_arrives_late])
async def test_alarm_about_an_undeliverable_charge_notice_closes_after_charge_cancellation_or_notice(
    shop: Shop, ending: Callable[[Desk, int, dict[str, Any]], Awaitable[None]]
) -> None:
    desk = Desk(shop)
    customer, job = await noticed(desk)
    desk.notifier.errors.append(ActionRequired("blocked_bot"))
    for _ in range(2):
        await desk.run(job)
    [alarm] = await shop.jobs("bot.alarm")
    assert alarm["kind"] == "charge_unannounced"
    await desk.announce.alarm(alarm["key"], alarm["kind"], dict(alarm["facts"]), frozenset())
    look = WatchAlarms(shop.units, shop.clock)

    async def stands() -> bool:
        shop.clock.advance(timedelta(minutes=6))
        await look()
        async with shop.units() as uow:
            kept = await uow.alarms.newest("charge_unannounced", "charge_unannounced:")
        assert kept is not None
        return kept.open

    assert await stands()
    await ending(desk, customer, job)
    assert not await stands()


async def test_charge_notice_to_a_customer_who_had_blocked_the_bot_raises_an_alarm(shop: Shop) -> None:
    desk = Desk(shop)
    customer, job = await noticed(desk)
    async with shop.units() as uow:
        ana = await uow.customers.by_telegram_id(customer, lock=True)
        assert ana is not None
        ana.blocked_at = shop.clock.now()
        await uow.customers.save(ana)
        await uow.commit()
    await desk.run(job)
    assert [alarm["kind"] for alarm in await shop.jobs("bot.alarm")] == ["charge_unannounced"]


@pytest.mark.parametrize("charges", [0, 1])
async def test_only_notices_of_future_charges_are_sent_after_the_bot_is_unblocked(shop: Shop, charges: int) -> None:
    desk = Desk(shop)
    telegram_id, notice = await noticed(desk)
    desk.notifier.errors.append(ActionRequired("blocked_bot"))
    await desk.run(notice)
    for _ in range(charges):
        shop.clock.advance(notice_policy.DEFAULT)
        await shop.deliver(shop.provider.renew("sub-1", shop.provider.requests[0].amount))

    meet = MeetCustomer(shop.units, shop.clock, TRIAL_MARKS)
    await meet(Person(telegram_id=TelegramId(telegram_id), first_name="Ana", username=None, language_code="es"))

    async with shop.units() as uow:
        owed = await uow.notifications.owed(MessageKind.RENEWAL_COMING, TelegramId(telegram_id))
    assert len(owed) == 1 - charges


class SlowNotifier(MemoryNotifier):
    """Notifier whose refusals arrive after another process has settled the message by `meanwhile`."""

    meanwhile: Callable[[], Awaitable[None]]

    async def send(self, owed: Notification, message: Message) -> SentMessage:
        await self.meanwhile()
        return await super().send(owed, message)


async def test_refused_repetition_of_a_charge_notice_sent_meanwhile_raises_no_alarm(shop: Shop) -> None:
    notifier = SlowNotifier()
    desk = Desk(shop, notifier)
    _, job = await noticed(desk)

    async def sent_by_another_process() -> None:
        async with shop.units() as uow:
            notice = await uow.notifications.by_key(f"{job['kind']}:{job['key']}", lock=True)
            assert notice is not None
            notice.message_id, notice.sent_at = 5, shop.clock.now()
            notice.settle(Sent(SentMessage(5, "sent")))
            await uow.notifications.save(notice)
            await uow.commit()

    notifier.meanwhile = sent_by_another_process
    notifier.errors.append(ActionRequired("blocked_bot"))
    await desk.run(job)
    assert await shop.jobs("bot.alarm") == []


@pytest.mark.parametrize("error", [RetryLater("flood"), Ambiguous("no answer")])
async def test_retried_charge_notice_raises_no_alarm(shop: Shop, error: UmbralError) -> None:
    desk = Desk(shop)
    _, job = await noticed(desk)
    desk.notifier.errors.append(error)
    with pytest.raises(type(error)):
        await desk.run(job)
    assert await shop.jobs("bot.alarm") == []
    await desk.run(job)
    assert (await desk.kept(job)).sent_at == shop.clock.now()


async def test_undeliverable_notice_of_a_free_renewal_raises_no_alarm(shop: Shop) -> None:
    desk = Desk(shop)
    shop.provider.charges["sub-1"] = Money(0, "EUR")
    _, job = await noticed(desk)
    desk.notifier.errors.append(ActionRequired("blocked_bot"))
    await desk.run(job)
    assert await shop.jobs("bot.alarm") == []
