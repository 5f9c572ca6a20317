"""Messages that wait for the morning, and earlier messages that lose their buttons because a new message makes them
outdated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.messages.announce import Announce
from subscriptions.application.messages.keep_card import KeepCard
from subscriptions.domain.entities.notification import OUTDATES, CardKind, MessageKind, Notification
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.services.zones import Zones
from tests.fakes.announcements import NOW, announcement
from tests.fakes.shop import Shop
from tests.unit.application.messages.test_announce import Desk


async def test_join_reminder_waits_for_the_morning(shop: Shop):
    desk = Desk(shop)
    ana, _ = await desk.paid()
    zones = Zones.parse("Europe/Madrid, en=Asia/Tokyo")
    desk.announce = Announce(
        desk.shop.units, desk.notifier, desk.shop.clock, replace(desk.shop.policy, zones=zones), desk.shop.gateways
    )
    (job, *_) = await desk.shop.notified(MessageKind.NOT_JOINED)
    async with desk.shop.units() as uow:
        await uow.customers.save(replace(ana, language="en"))
        await uow.commit()
    # The clock starts at noon in Madrid.
    asleep = desk.shop.clock.now().astimezone(zones.zone_of("en")).replace(hour=23, minute=30)
    desk.shop.clock.advance(asleep - desk.shop.clock.now() + timedelta(days=1))
    with pytest.raises(RetryLater) as waits:
        await desk.run(job)
    assert waits.value.delay == timedelta(hours=9.5)
    assert desk.notifier.sent == []


async def test_expiry_message_of_a_plan_loses_its_buttons_after_a_new_payment_for_the_plan(shop: Shop):
    desk = Desk(shop)
    ana, job = await desk.paid()
    now, gone = desk.shop.clock.now(), MessageKind.EXPIRED
    async with desk.shop.units() as uow:
        (mine,) = [plan.name for plan in await uow.plans.all(active_only=False)]
    for number, (kind, plan) in enumerate([(gone, mine), (gone, "Another"), (MessageKind.RENEWED, mine)]):
        said = announcement(kind, plan_name=plan)
        owed = Notification.owe(said, f"before:{number}", ana.telegram_id, "es", now - timedelta(days=number))
        owed.message_id, owed.sent_at = number + 1, now
        async with desk.shop.units() as uow:
            await uow.notifications.add_if_new(owed)
            await uow.commit()
    await desk.run(job)
    assert desk.notifier.taken == [gone]


async def test_payment_message_is_sent_before_plan_cards_lose_their_buttons(shop: Shop):
    desk, keep = Desk(shop), KeepCard(shop.units, shop.clock)
    ana, job = await desk.paid()
    async with shop.units() as uow:
        (mine,) = [plan.name for plan in await uow.plans.all(active_only=False)]
    for number, plan in enumerate([mine, OTHER, mine]):
        await keep(CardKind.PLAN, plan, number + 10, ana.telegram_id, "es")
    desk.notifier.errors = [RetryLater("flooded")]
    with pytest.raises(RetryLater):
        await desk.run(job)
    assert desk.notifier.taken == []
    for _ in range(2):
        await desk.run(job)
    assert (len(desk.notifier.sent), desk.notifier.taken) == (1, [CardKind.PLAN] * 2)


PLAN, OTHER, ASKS_WHICH = "Retabet", "Bet365", ""


@pytest.mark.parametrize(
    ("kind", "about", "ends"),
    [
        (MessageKind.CANCELED, PLAN, True),
        (MessageKind.CANCELED, OTHER, False),
        (MessageKind.CANCELED, ASKS_WHICH, True),
        (MessageKind.CANCEL_UNDONE, PLAN, True),
        (MessageKind.EXPIRED, PLAN, True),
        (MessageKind.REFUNDED, PLAN, False),
    ],
)
async def test_cancellation_question_loses_its_buttons_when_answered_elsewhere(
    shop: Shop, kind: MessageKind, about: str, ends: bool
):
    """ends: True if the message answers the question. The message about the refund does not, because the refund in this
    test is partial.
    """
    ana, clock = await shop.customer(), shop.clock
    keep = KeepCard(shop.units, clock)
    await keep(CardKind.CANCEL, ASKS_WHICH, 7, ana.telegram_id, "es")
    await keep(CardKind.CANCEL, about, 7, ana.telegram_id, "es")
    async with shop.units() as uow:
        (card,) = await uow.notifications.sent_to(ana.telegram_id, {CardKind.CANCEL}, 5)
    assert (card.message_id, card.params["plan_name"], card.is_settled) == (7, about, True)
    notified = Notification.owe(announcement(kind, plan_name=PLAN), "1", ana.telegram_id, "es", NOW)
    assert (card.kind in OUTDATES[kind] and notified.outdates(card)) == ends


async def test_message_shown_in_place_of_a_cancellation_question_keeps_its_buttons(shop: Shop):
    ana = await shop.customer()
    keep = KeepCard(shop.units, shop.clock)

    async def kept() -> list[int | None]:
        async with shop.units() as uow:
            return [each.message_id for each in await uow.notifications.sent_to(ana.telegram_id, {CardKind.CANCEL}, 5)]

    await keep(CardKind.CANCEL, PLAN, 7, ana.telegram_id, "es")
    await keep.forget(CardKind.CANCEL, 7, ana.telegram_id)
    assert await kept() == []
    await keep(CardKind.CANCEL, PLAN, 7, ana.telegram_id, "es")
    assert await kept() == [7]
